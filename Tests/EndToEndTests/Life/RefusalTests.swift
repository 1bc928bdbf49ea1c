import KubeClient
import KubeModel
import Testing

extension LifeTests {
    /// What a remote's policy refuses: the pod says it in the remote's words, and its controller gets to decide.
    @Suite struct RefusalTests {}
}

extension LifeTests.RefusalTests {
    @Test("A bare pod over the remote's quota says so and starts when there is room", .rows(79, 81))
    func quota() async throws {
        try await TestSpace.with("quota") { space in
            let remote = space.fleet.remote("us-west")
            try await remote.forbidPods(in: space.name)
            try await space.apply(Manifest.pod("web", Manifest.podSpec(Manifest.cluster("us-west"))))
            let pod = try await space.pod("web", "says what refused it", within: .seconds(5)) {
                $0.condition("martlet.dev/Delegated")?["message"]?.string?.contains("exceeded quota") ?? false
            }
            #expect(pod.condition("martlet.dev/Delegated")?["reason"]?.string == "DelegateForbidden")
            try await space.event(about: "web", containing: "exceeded quota")
            try await remote.kubectl("-n", space.name, "delete", "resourcequota/none")
            try await space.running(1, within: .seconds(40))
        }
    }

    @Test("A ReplicaSet's pod that is refused again and again is Failed and replaced, ever more slowly", .rows(81, 109))
    func givenUp() async throws {
        try await TestSpace.with("givenup") { space in
            let remote = space.fleet.remote("us-west")
            try await remote.forbidPods(in: space.name)
            try await space.apply(
                Manifest.replicaSet("web", replicas: 1, pod: Manifest.podSpec(Manifest.cluster("us-west")))
            )
            let failed = try await eventually("a pod is Failed for the quota", within: .seconds(20)) {
                try await space.snapshot().pods.first { $0.phase == "Failed" }
            } until: {
                $0 != nil
            }
            #expect(failed?.at("status", "reason")?.string == "DelegateForbidden")
            #expect(failed?.at("status", "message")?.string?.contains("exceeded quota") == true)
            #expect(failed?.condition("Ready")?["status"]?.string == "False")
            try await eventually("its successor waits", within: .seconds(10)) {
                try await space.snapshot().pods.contains {
                    $0.phase == "Pending" && $0.condition("martlet.dev/Delegated") != nil
                }
            }
            try await remote.kubectl("-n", space.name, "delete", "resourcequota/none")
            try await eventually("a pod runs", within: .seconds(40)) {
                try await space.snapshot().pods.contains { $0.isReady }
            }
            #expect(try await space.snapshot().pods.count <= 5, "nothing spins")
        }
    }
}

extension FleetCluster {
    /// No pod may be made in the namespace any more.
    fileprivate func forbidPods(in namespace: String) async throws {
        try await makeNamespace(namespace)
        let quota: JSON = [
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "none"],
            "spec": ["hard": ["pods": "0"]],
        ]
        try await apply(quota, namespace: namespace)
        try await eventually("the quota is counted") {
            let text = try await kubectl(
                "-n",
                namespace,
                "get",
                "resourcequota/none",
                "-o",
                "jsonpath={.status.hard.pods}"
            )
            return text == "0"
        }
    }
}
