import KubeClient
import KubeModel
import Testbed
import Testing

extension FaultTests {
    /// The way to a remote, or its API server, fails while martlet runs.
    @Suite struct OutageTests {}
}

/// A way to lose a cluster, and the cluster that is lost.
enum Loss: Sendable, CaseIterable {
    /// Connections are reset and refused.
    case cut
    /// Nothing arrives and nothing is refused.
    case stalled

    var cluster: String { self == .cut ? "us-east" : "eu-central" }
    var flow: RelayConditions.Flow { self == .cut ? .cut : .stalled }

    /// In this time one probe is lost, or two, but never the three that make a node not ready: the next probe comes
    /// five seconds after one that was refused, or that was given up after ten.
    var ofTwoProbes: Duration { self == .cut ? .seconds(7) : .seconds(18) }
}

extension FaultTests.OutageTests {
    @Test(
        "A lost remote's node says so, the others notice nothing, and what was deleted meanwhile goes on its return",
        .rows(25, 98),
        arguments: Loss.allCases
    )
    func lost(_ loss: Loss) async throws {
        try await TestSpace.with("lost") { space in
            let relay = space.fleet.remote(loss.cluster).relay
            for name in ["kept", "deleted", "forced"] {
                try await space.applyPod(name, on: loss.cluster)
            }
            try await space.applyDeployment("others", replicas: 4, awayFrom: loss.cluster)
            let before = try await space.running(7)
            let bystanders = try await Bystanders.look(in: space, without: loss.cluster)
            let delegates = Set(try await space.delegates(in: loss.cluster).map(\.uid))
            let process = await space.fleet.martlet.processID
            try await space.fleet.repaired {
                try await relay.set(loss.flow)
                try await space.deletePod("deleted")
                try await space.forceDeletePod("forced")
                // The bound of `unreachable` is a minute on any machine: `eventually` gives up after three times this.
                try await space.unreachable(loss.cluster, within: .seconds(20))
                #expect(try await Bystanders.look(in: space, without: loss.cluster) == bystanders)
                // Nothing can be known of the cluster, so nothing is: the pod that is to go waits for the proof.
                #expect(try await space.origin.pod("deleted", in: space.name) != nil)
                #expect(Set(try await space.delegates(in: loss.cluster).map(\.uid)) == delegates)
                try await relay.set(.open)
                try await space.fleet.nodesReady([loss.cluster])
                let others = before.pods.filter { $0.nodeName != loss.cluster }.map(\.name)
                let after = try await space.onlyRunning(Set(others + ["kept"]))
                #expect(try after.pair("kept").pod.uid == before.pair("kept").pod.uid)
                #expect(try after.pair("kept").delegate.uid == before.pair("kept").delegate.uid)
                #expect(try await Bystanders.look(in: space, without: loss.cluster) == bystanders)
            }
            #expect(await space.fleet.martlet.processID == process)
        }
    }

    @Test("A lost probe or two is no news of a node", arguments: Loss.allCases)
    func lostProbes(_ loss: Loss) async throws {
        try await TestSpace.with("probes") { space in
            // Not the same for both, or the second loss would go on counting where the first one ended.
            let remote = space.fleet.remote(loss.cluster)
            try await space.applyPod("web", on: remote.name)
            let before = try await space.running(1)
            let quiet = try await Bystanders.look(in: space)
            try await space.fleet.repaired {
                try await remote.relay.set(loss.flow)
                try await holds("the node stays ready", for: loss.ofTwoProbes) {
                    try await space.fleet.node(remote.name).isReady
                }
                try await remote.relay.set(.open)
                try await space.kubectl("annotate", "pod", "web", "example.com/after=loss")
                try await eventually("the delegate is brought up to its pod again") {
                    try await space.delegates(in: remote.name).first?.annotation("example.com/after") == "loss"
                }
            }
            let after = try await space.running(1)
            #expect(after.delegateUIDs == before.delegateUIDs)
            #expect(try await Bystanders.look(in: space).inOrigin == quiet.inOrigin)
        }
    }

    @Test("Long and uneven ways between the sites change nothing but the pace")
    func roundTrips() async throws {
        try await TestSpace.with("sites") { space in
            try await space.fleet.repaired {
                try await space.fleet.makeWaysUneven(to: ["Nantes", "Lille", "Luxembourg"])
                try await space.apply(Manifest.deployment(replicas: 9))
                let nine = try await space.running(9)
                try await space.kubectl("scale", "deployment/web", "--replicas=4")
                let four = try await space.running(4, within: .seconds(40))
                #expect(four.delegateUIDs.isSubset(of: nine.delegateUIDs))
                try await space.kubectl("delete", "deployment/web", "--wait=false")
                try await space.empty()
                #expect(try await space.origin.list(.nodes).allSatisfy(\.isReady))
            }
        }
    }
}
