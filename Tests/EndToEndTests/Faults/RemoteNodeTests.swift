import KubeClient
import KubeModel
import Testing

extension FaultTests {
    /// A node of a remote that goes out of service.
    @Suite struct RemoteNodeTests {
        @Test("Drained off a node of the remote, a pod comes back on another, and a Job's is replaced", .rows(54, 89))
        func drained() async throws {
            try await TestSpace.with("drained") { space in
                let remote = space.fleet.remote("us-east")
                // All on one node, so that the drain is about each of them.
                let node = try #require(try await remote.list(.nodes).map(\.name).min())
                let others = try await remote.list(.nodes).map(\.name).filter { $0 != node }
                try await remote.kubectl(["cordon"] + others)
                let spec = Manifest.podSpec(
                    Manifest.overlay(["terminationGracePeriodSeconds": 1], on: Manifest.cluster(remote.name))
                )
                try await space.apply(Manifest.replicaSet("web", replicas: 2, pod: spec))
                try await space.apply(Manifest.job("batch", seconds: 600, pod: spec))
                let before = try await space.running(3)
                #expect(before.delegates.allSatisfy { $0.object.nodeName == node })
                try await remote.kubectl(["uncordon"] + others)
                try await remote.kubectl("drain", node, "--ignore-daemonsets", "--timeout=150s")
                let after = try await eventually("all run again elsewhere", within: .seconds(30)) {
                    try await space.snapshot()
                } until: { now in
                    now.pods.count { $0.isReady } == 3 && now.delegates.filter(\.object.isReady).count == 3
                        && now.delegates.filter(\.object.isReady).allSatisfy { $0.object.nodeName != node }
                }
                try await remote.kubectl("uncordon", node)
                let web = before.pods.filter { $0.label("app") == "web" }
                #expect(Set(after.pods.filter { $0.label("app") == "web" }.map(\.uid)) == Set(web.map(\.uid)))
                for pod in web { try await space.event(about: pod.name, containing: "DelegateRecreated") }
                let failed = after.pods.filter { $0.phase == "Failed" }
                #expect(failed.map { $0.label("app") } == ["batch"])
                #expect(failed.first?.at("status", "reason")?.string?.isEmpty == false)
                try await eventually("the Job counts the one that failed") {
                    let job = try await space.origin.client.get(.jobs, namespace: space.name, name: "batch")
                    return job.statusNumber("failed") == 1
                }
            }
        }
    }
}
