import KubeClient
import KubeModel
import Testbed
import Testing

extension ClusterTests {
    @Test("A virtual node is cordoned, drained and uncordoned with kubectl, as any other", .rows(14))
    func cordonAndDrain() async throws {
        try await TestSpace.with("cordon") { space in
            // A drain is about everything on the node, and refuses pods without a controller.
            try await eventually("no other pod is there", within: .seconds(20)) {
                try await space.origin.list(.pods).isEmpty
            }
            let members = Manifest.overlay(["terminationGracePeriodSeconds": 1], on: Manifest.region("us"))
            try await space.apply(Manifest.deployment(replicas: 6, pod: Manifest.podSpec(members)))
            let before = try await space.running(6)
            try await space.cordoned("us-east") {
                try await keepsOffNewPods(space, before)
                try await drainsOnePodAtATime(space)
            }
            try await eventually("the origin has taken the cordon's taint away") {
                try await space.fleet.node("us-east").taintKeys.isEmpty
            }
            try await space.kubectl("scale", "deployment/web", "--replicas=14")
            #expect(try await space.running(14, within: .seconds(20)).counts["us-east", default: 0] > 0)
        }
    }

    /// A cordon concerns new pods only, and outlasts what martlet writes, and martlet.
    private func keepsOffNewPods(_ space: TestSpace, _ before: Snapshot) async throws {
        let there = before.counts["us-east"] ?? 0
        try #require(there > 0)
        try await space.kubectl("scale", "deployment/web", "--replicas=10")
        try await space.fleet.statusWritten("us-east")
        let martlet = space.fleet.martlet
        await martlet.stop()
        try await martlet.start()
        try await space.fleet.statusWritten("us-east")
        let node = try await space.fleet.node("us-east")
        #expect(node.at("spec", "unschedulable") == true)
        #expect(node.taintKeys == ["node.kubernetes.io/unschedulable"])
        let after = try await space.running(10, within: .seconds(20))
        #expect(after.counts["us-east"] == there)
        #expect(after.podUIDs.isSuperset(of: before.podUIDs))
        #expect(after.delegateUIDs.isSuperset(of: before.delegateUIDs))
    }

    /// A drain moves them all, within the budget of disruptions.
    private func drainsOnePodAtATime(_ space: TestSpace) async throws {
        try await space.kubectl("create", "pdb", "web", "--selector=app=web", "--max-unavailable=1")
        try await eventually("the budget counts all of them") {
            try await space.kubectl("get", "pdb", "web", "-o", "jsonpath={.status.currentHealthy}")
        } until: {
            $0 == "10"
        }
        let watch = try await PodWatch.start(in: space, client: space.origin.client)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watch.run() }
            try await space.origin.kubectl("drain", "--ignore-daemonsets", "--timeout=150s", "us-east")
            let moved = try await space.running(10, within: .seconds(20))
            #expect(moved.counts == ["us-west": 10])
            group.cancelAll()
        }
        #expect(watch.leastReady >= 9, "ready pods over time: \(watch.readyOverTime)")
        try await space.kubectl("delete", "pdb", "web")
    }
}

extension TestSpace {
    /// Runs a body while nothing new may come to a virtual node, which takes pods again afterwards, whatever happens.
    fileprivate func cordoned(_ cluster: String, _ body: () async throws -> Void) async throws {
        try await origin.kubectl("cordon", cluster)
        try await withCleanUp({ try await origin.kubectl("uncordon", cluster) }) {
            try await fleet.repaired(after: body)
        }
    }
}

extension Fleet {
    /// Has martlet write the status of a virtual node twice.
    func statusWritten(_ cluster: String) async throws {
        try await remote(cluster).kubectl("cordon", "hollow-1")
        try await allocatableCPU(cluster, is: 64)
        try await remote(cluster).kubectl("uncordon", "hollow-1")
        try await allocatableCPU(cluster, is: 96)
    }
}
