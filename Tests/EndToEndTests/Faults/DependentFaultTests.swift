import KubeClient
import KubeModel
import Testbed
import Testing

extension FaultTests {
    /// What pods refer to, while nobody is there to see to it.
    @Suite struct DependentFaultTests {
        @Test(
            "What lost its last user, and what was edited, while martlet was down is found when it is back",
            .rows(79)
        )
        func missed() async throws {
            try await TestSpace.with("missed") { space in
                let remote = space.fleet.remote("us-east")
                for name in ["kept", "left"] {
                    try await space.kubectl("create", "configmap", name, "--from-literal=a=first")
                    try await space.apply(Manifest.pod("with-\(name)", Self.spec(referringTo: name)))
                }
                let delegates = try await space.running(2)
                #expect(try await space.copies(in: remote) == ["kept", "left"])
                try await space.fleet.repaired {
                    await space.fleet.martlet.kill()
                    try await space.forceDeletePod("with-left")
                    try await remote.kubectl("-n", space.name, "delete", "pod/with-left", "--grace-period=0", "--force")
                    try await space.kubectl("patch", "configmap", "kept", "--patch", #"{"data":{"a":"second"}}"#)
                    try await space.fleet.martlet.start()
                    try await eventually("only what is used is left", within: .seconds(30)) {
                        try await space.copies(in: remote)
                    } until: {
                        $0 == ["kept"]
                    }
                    try await eventually("the edit is in the remote", within: .seconds(5)) {
                        try await remote.find(.configMaps, "kept", in: space.name)?.at("data", "a") == "second"
                    }
                    let still = try await space.onlyRunning(["with-kept"])
                    #expect(try still.pair("with-kept").delegate.uid == delegates.pair("with-kept").delegate.uid)
                }
            }
        }

        private static func spec(referringTo name: String) -> JSON {
            let reference: JSON = ["configMapRef": ["name": .string(name)]]
            let container: JSON = ["name": "main", "image": "web", "envFrom": [reference]]
            let members: JSON = ["containers": [container], "terminationGracePeriodSeconds": 1]
            return Manifest.overlay(Manifest.cluster("us-east"), on: members)
        }
    }
}
