import KubeClient
import KubeModel
import Testbed
import Testing

extension FaultTests {
    /// The origin is out of martlet's reach and works on, so that it gives up the nodes and what runs there.
    @Suite struct OriginOutageTests {}
}

extension FaultTests.OriginOutageTests {
    @Test(
        "What the origin gave up while martlet could not reach it has ended before the node is Ready again",
        .rows(65, 83, 90),
        arguments: [45, 60]
    )
    func givenUp(seconds: Int) async throws {
        try await TestSpace.with("givenup") { space in
            let (cluster, process) = ("us-east", await space.fleet.martlet.processID)
            // A node that is Ready at once would be found so while these still end.
            let slow: JSON = ["simulated.martlet.dev/stop-seconds": "8"]
            let web = Manifest.overlay(["terminationGracePeriodSeconds": 20], on: Manifest.region("us"))
            let here = Manifest.overlay(["terminationGracePeriodSeconds": 20], on: Manifest.cluster(cluster))
            let steady = Manifest.overlay(["tolerations": [["operator": "Exists"]]], on: here)
            try await space.apply(Manifest.deployment(replicas: 4, annotations: slow, pod: Manifest.podSpec(web)))
            try await space.apply(Manifest.pod("forced", annotations: slow, Manifest.podSpec(here)))
            try await space.apply(Manifest.pod("kept", Manifest.podSpec(steady)))
            let before = try await space.running(6)
            let there = before.delegates.filter { $0.cluster == cluster }
            try #require(there.count > 2)
            try await space.fleet.repaired {
                let start = ContinuousClock.now
                try await space.origin.relay.set(.cut)
                try await space.originGivesUpNodes()
                try await space.pod("kept", "is not ready, by the origin's word") { !$0.isReady }
                try await space.tainted(cluster) {
                    try await space.originEvicts(there.count - 2, from: cluster)
                    try await space.forceDeletePod("forced")
                    let rest = Duration.seconds(seconds) - start.duration(to: .now)
                    try await holds("what was given up runs on unknown to martlet", for: max(rest, .seconds(1))) {
                        let delegates = try await space.delegates(in: cluster)
                        return Set(delegates.map(\.uid)) == Set(there.map(\.object.uid))
                            && delegates.allSatisfy { !$0.isTerminating }
                    }
                    try await space.origin.relay.set(.open)
                    try await eventually("the node is Ready again", within: .seconds(30)) {
                        try await space.fleet.node(cluster).isReady
                    }
                    #expect(try await space.delegates(in: cluster).map(\.name) == ["kept"])
                    // Each by its own lease, which is tried again within seconds, and not by its watch, which waits longer.
                    try await eventually("the others are Ready again too", within: .seconds(15)) {
                        try await space.origin.list(.nodes).allSatisfy { $0.isReady && !$0.hasHealthTaint }
                    }
                    // Four on the other cluster, and each pod's conditions are its delegate's.
                    let after = try await space.running(5, within: .seconds(10))
                    #expect(after.counts == ["us-west": 4, cluster: 1])
                    let others = before.delegates.filter { $0.cluster != cluster }.map(\.object.uid)
                    #expect(after.delegateUIDs.isSuperset(of: others))
                    #expect(try after.pair("kept").pod.uid == before.pair("kept").pod.uid)
                    #expect(try after.pair("kept").delegate.uid == before.pair("kept").delegate.uid)
                }
            }
            #expect(await space.fleet.martlet.processID == process)
        }
    }
}

extension TestSpace {
    /// Waits until the origin has asked for the end of so many of the Deployment's pods on a node.
    fileprivate func originEvicts(_ count: Int, from node: String) async throws {
        try await eventually("the origin evicts the pods that do not tolerate the taint") {
            try await origin.pods(in: name, labels: "app=web").filter { $0.nodeName == node && $0.isTerminating }.count
        } until: {
            $0 == count
        }
    }

    /// Has a node a taint for the time of some work by which the origin evicts what does not tolerate it: where all nodes
    /// are silent, the node controller itself leaves their pods alone.
    fileprivate func tainted(_ node: String, while body: () async throws -> Void) async throws {
        try await origin.kubectl("taint", "node", node, "example.com/away=yes:NoExecute")
        try await withCleanUp({ try await origin.kubectl("taint", "node", node, "example.com/away-") }, body)
    }
}
