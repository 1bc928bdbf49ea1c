import KubeClient
import KubeModel
import Testbed
import Testing

/// A way on which some answers to probes come too late: more than one in ten, as one and two in a row, and never three.
struct LateProbes {
    /// What a lost cluster would change.
    private struct Sight: Equatable {
        /// Whether the node is ready, why, and since when.
        let ready: [String?]
        let allocatable: JSON?
        /// Of each pod the same.
        let pods: [String: [String?]]
        let delegates: Set<UID>

        static func words(of object: JSON) -> [String?] {
            ["status", "reason", "lastTransitionTime"].map { object.condition("Ready")?[$0]?.string }
        }
    }

    let fleet: Fleet
    let cluster: String

    /// How many answers in a row are late, one time after the other. In between come some in time.
    private static let rows = [1, 2, 1]
    /// Two probes at least: what was sent meanwhile arrives, and the next one comes after five seconds.
    private static let rest = Duration.seconds(10)

    /// About a minute. Checks that nothing but the probes is late.
    func changeNothing() async throws {
        try await TestSpace.with("late", sharing: fleet) { space in
            try await space.apply(Manifest.deployment(replicas: 2, pod: Manifest.podSpec(Manifest.cluster(cluster))))
            try await space.running(2)
            let before = try await look(in: space)
            let answers = LateAnswers(fleet: fleet, cluster: cluster)
            try await withCleanUp({ try await fleet.remote(cluster).relay.set(.open) }) {
                for row in Self.rows {
                    try await answers.late(row)
                    #expect(try await look(in: space) == before, "after \(row) late answers in a row")
                    try await holds("answers in time find all as it was", for: Self.rest) {
                        try await look(in: space) == before
                    }
                }
            }
            try await space.kubectl("delete", "deployment", "web", "--wait=false")
            try await space.empty()
        }
    }

    private func look(in space: TestSpace) async throws -> Sight {
        let (node, snapshot) = (try await fleet.node(cluster), try await space.snapshot())
        return Sight(
            ready: Sight.words(of: node),
            allocatable: node.at("status", "allocatable"),
            pods: Dictionary(snapshot.pods.map { ($0.uid, Sight.words(of: $0)) }) { first, _ in first },
            delegates: snapshot.delegateUIDs
        )
    }
}
