import KubeClient
import KubeModel
import Testing

extension AccountTests {
    /// Pods with the identity that the remote gives to their account.
    @Suite struct RemoteAccountTests {
        @Test("A pod waits for the ServiceAccount of its cluster, and has that one's own token", .rows(112))
        func ownToken() async throws {
            try await TestSpace.with("own") { space in
                try await space.makeReader()
                var spec = Manifest.podSpec(Manifest.cluster("eu-central"))
                spec["serviceAccountName"] = "reader"
                try await space.apply(Manifest.pod("web", spec))
                let pod = try await space.pod("web", "says what is missing") {
                    $0.condition("martlet.dev/Delegated")?["reason"]?.string == "ServiceAccountNotInCluster"
                }
                #expect(pod.phase == "Pending")
                try await space.event(about: "web", containing: "\(space.name)/reader")
                let remote = space.fleet.remote("eu-central")
                try await remote.kubectl("-n", space.name, "create", "serviceaccount", "reader")
                let snapshot = try await space.running(1, within: .seconds(25))
                let delegate = snapshot.delegates[0].object
                #expect(delegate.at("spec", "serviceAccountName")?.string == "reader")
                let volume = try #require(delegate.at("spec", "volumes")?[0])
                if let secret = volume.at("secret", "secretName")?.string {
                    // Until 1.20 admission mounts the account's Secret.
                    #expect(try await remote.find(.secrets, secret, in: space.name) != nil, "the remote's own")
                } else {
                    let sources = volume.at("projected", "sources")?.array ?? []
                    #expect(sources.contains { $0["serviceAccountToken"] != nil }, "\(volume)")
                }
                let mount = delegate.at("spec", "containers")?[0]?["volumeMounts"]?[0]
                #expect(mount?["mountPath"]?.string == TokenVolumeForm.path)
            }
        }
    }
}
