import KubeModel
import Testing

extension RealContainers {
    /// What a real kubelet says of a delegate is where the pod's owner looks.
    @Suite struct EventTests {}
}

extension RealContainers.EventTests {
    @Test("An image that can't be pulled in the remote shows in kubectl describe pod in the origin", .rows(114))
    func imagePull() async throws {
        try await TestSpace.with("pull") { space in
            let remote = space.fleet.remote("us-east")
            let spec = Manifest.podSpec(Manifest.cluster("us-east"), image: "registry.invalid/none:1")
            try await space.apply(Manifest.pod("web", spec))
            let words = "Failed: Failed to pull image \"registry.invalid/none:1\""
            try await eventually("the kubelet says so", within: .seconds(40)) {
                try await remote.events(about: "web", in: space.name).contains { $0.hasPrefix(words) }
            }
            try await eventually("the pod's owner can see it", within: .seconds(2)) {
                try await space.origin.events(about: "web", in: space.name).contains { $0.hasPrefix(words) }
            }
            let text = try await space.kubectl("describe", "pod/web")
            #expect(text.contains("us-east/kubelet"))
            try await eventually("the pod waits for its image, in the kubelet's words", within: .seconds(20)) {
                let (pod, delegate) = try await space.snapshot().pair("web")
                return (pod.firstContainer?.at("state", "waiting"), delegate.firstContainer?.at("state", "waiting"))
            } until: { told, said in
                told == said && told?["reason"]?.string?.contains("ImagePull") == true
                    && told?["message"]?.string?.contains("registry.invalid/none:1") == true
            }
        }
    }
}
