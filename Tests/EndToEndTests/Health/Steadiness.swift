import KubeModel

/// How steadily the replicas of a cluster run while something is done to its link.
///
/// Time counts by the clock, and as good between two looks that are both good. What comes and goes between two looks is
/// told by the time that the node's condition bears.
struct Steadiness: CustomStringConvertible {
    /// What is seen at a time.
    struct Sight {
        /// Whether the node is ready, and since when it says so.
        let isReady: Bool
        let since: String?
        /// Whether as many as asked for are running and ready in the cluster by its own word, each for a pod that is to
        /// stay there.
        let isPlaced: Bool
        /// Whether the origin takes all of them for ready too.
        let isTold: Bool
    }

    /// How often the node changed its mind.
    private(set) var transitions = 0

    private var whole = Duration.zero
    private var placed = Duration.zero
    private var told = Duration.zero
    private var last: (sight: Sight, time: ContinuousClock.Instant)?

    mutating func note(_ sight: Sight, at now: ContinuousClock.Instant) {
        defer { last = (sight: sight, time: now) }
        guard let (before, then) = last else { return }
        let passed = now - then
        whole += passed
        if before.isPlaced, sight.isPlaced { placed += passed }
        if before.isTold, sight.isTold { told += passed }
        // The same word of another time: it was otherwise in between.
        if before.since != sight.since { transitions += before.isReady == sight.isReady ? 2 : 1 }
    }

    /// The share of the time in which the replicas ran where they belong; not a number before the second look.
    var placedShare: Double { placed / whole }

    /// The share of the time in which the origin took them for ready too.
    var toldShare: Double { told / whole }

    var description: String {
        "replicas where they belong \(Self.percent(placedShare)) of \(whole.inSeconds), ready for the origin too "
            + "\(Self.percent(toldShare)), the node changed its mind \(transitions) times"
    }

    /// Rounded down: 100 % is all.
    private static func percent(_ share: Double) -> String { "\((share * 10_000).rounded(.down) / 100) %" }
}

/// The replicas of a Deployment that belong to one cluster.
struct Replicas {
    let space: TestSpace
    let cluster: String
    let app: String
    let count: Int

    /// About as often as somebody would look who depends on them.
    private static let pause = Duration.seconds(1)

    /// Looks at them until then, past the way that is disturbed.
    func watched(until end: ContinuousClock.Instant) async throws -> Steadiness {
        var seen = Steadiness()
        while ContinuousClock.now < end {
            let sight = try await eventually("the replicas of \(cluster) can be looked at") {
                try await look()
            } until: { _ in
                true
            }
            seen.note(sight, at: ContinuousClock.now)
            try await Task.sleep(for: Self.pause)
        }
        return seen
    }

    private func look() async throws -> Steadiness.Sight {
        let labels = "app=\(app)"
        let ready = try await space.fleet.node(cluster).condition("Ready")
        let running = try await space.fleet.remote(cluster).pods(in: space.name, labels: labels)
            .filter { $0.phase == "Running" && $0.isReady && !$0.isTerminating }
        let pods = try await space.origin.pods(in: space.name, labels: labels)
            .filter { $0.nodeName == cluster && !$0.isTerminating }
        let isPlaced =
            running.count == count && pods.count == count
            && Set(running.compactMap(\.podUID)) == Set(pods.map(\.uid))
        return Steadiness.Sight(
            isReady: ready?["status"]?.string == "True",
            since: ready?["lastTransitionTime"]?.string,
            isPlaced: isPlaced,
            isTold: isPlaced && pods.allSatisfy(\.isReady)
        )
    }
}
