import KubeModel
import Testbed
import Testing

/// A link that is cut for two minutes: for longer than some pods stay on a node that is not ready, and not as long as the
/// others do.
struct LongCut {
    let space: TestSpace

    private static let cluster = "us-east"
    private static let length = Duration.seconds(120)
    /// How many pods go elsewhere.
    static let movers = 4
    /// For how long they stay, in seconds.
    private static let patience: Int64 = 30

    private var lost: LostCluster { LostCluster(space: space, cluster: Self.cluster) }

    func populate() async throws {
        let american = Manifest.overlay(["terminationGracePeriodSeconds": 20], on: Manifest.region("us"))
        let movers = Manifest.overlay(Manifest.patience(seconds: Self.patience), on: american)
        try await space.apply(
            Manifest.deployment(
                "movers",
                replicas: Int64(Self.movers),
                annotations: LostCluster.slow,
                pod: Manifest.podSpec(movers)
            )
        )
    }

    /// - Parameter pods: how many there are, with those that move.
    func run(among pods: Int) async throws {
        let before = try await space.running(pods, within: .seconds(30))
        let relay = space.fleet.remote(Self.cluster).relay
        let start = ContinuousClock.now
        try await relay.set(.cut)
        try await space.unreachable(Self.cluster, within: .seconds(20))
        let detected = ContinuousClock.now - start
        Patience.note("links: the cut of \(Self.cluster) was found out in \(detected.inSeconds)")
        #expect(detected < Duration.seconds(60))
        try await movesInTime(from: before)
        Patience.note("links: what was to move ran elsewhere after \((ContinuousClock.now - start).inSeconds)")
        try await holds("as many as asked for run elsewhere", for: Self.length - (ContinuousClock.now - start)) {
            let live = try await movers().filter { !$0.isTerminating }
            return live.count == Self.movers && live.allSatisfy { $0.isReady && $0.nodeName != Self.cluster }
        }
        let elsewhere = Set(try await movers().filter { !$0.isTerminating }.map(\.uid))
        let opened = ContinuousClock.now
        try await relay.set(.open)
        try await lost.truthBeforeReady()
        Patience.note("links: \(Self.cluster) was back \((ContinuousClock.now - opened).inSeconds) after its link")
        try await space.fleet.nodesReady()
        try await nothingIsLostOrDoubled(since: before, elsewhere)
    }

    /// Waits until the movers run elsewhere: none was asked to leave earlier than it wanted to, and none stayed.
    private func movesInTime(from before: Snapshot) async throws {
        let ready = try await space.fleet.node(Self.cluster).condition("Ready")
        let since = try #require(ready?["lastTransitionTime"]?.string.flatMap { Timestamp.parse($0) })
        let left = try await lost.moved("movers", replicas: Self.movers)
        let there = before.pods.filter { $0.label("app") == "movers" && $0.nodeName == Self.cluster }
        #expect(!there.isEmpty, "the cut had nothing to move")
        #expect(Set(left.map(\.uid)) == Set(there.map(\.uid)))
        for pod in left {
            // The time of the request, and the grace on top of it.
            let deadline = pod.at("metadata", "deletionTimestamp")?.string.flatMap { Timestamp.parse($0) }
            let end = try #require(deadline)
            let grace = Double(pod.at("metadata", "deletionGracePeriodSeconds")?.int ?? 0)
            #expect(end - grace - since >= Double(Self.patience), "\(pod.name) had to move too early")
        }
    }

    /// Those that moved stay where they are now, and nobody else has noticed.
    private func nothingIsLostOrDoubled(since before: Snapshot, _ elsewhere: Set<UID>) async throws {
        let after = try await space.running(before.pods.count, within: .seconds(30))
        let others = { (objects: [JSON]) in Set(objects.filter { $0.label("app") != "movers" }.map(\.uid)) }
        #expect(others(after.pods) == others(before.pods))
        #expect(others(after.delegates.map(\.object)) == others(before.delegates.map(\.object)))
        #expect(Set(after.pods.filter { $0.label("app") == "movers" }.map(\.uid)) == elsewhere)
    }

    private func movers() async throws -> [JSON] {
        try await space.origin.pods(in: space.name, labels: "app=movers")
    }
}
