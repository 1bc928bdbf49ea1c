import KubeModel
import Testbed
import Testing

/// Three links at a time on which answers to probes are late by chance, and beside them one that comes and goes.
struct UnsteadyLinks {
    /// A link, and how probable it is that an answer to a probe is late.
    private struct Late {
        let cluster: String
        let share: Double
    }

    /// What was done to a link, and what it did.
    struct Figures: CustomStringConvertible {
        let cluster: String
        /// What chance drew; nil for the link that comes and goes.
        let drawn: RandomLateness.Drawn?
        /// How many probes martlet gave up.
        let givenUp: Int
        let seen: Steadiness

        var description: String {
            let what = drawn.map { "\($0.late) of \($0.all) answers late" } ?? "away for 5 s, every 5 s"
            return "\(cluster): \(what), \(givenUp) probes given up by martlet's log; \(seen)"
        }
    }

    let space: TestSpace
    let seed: UInt64

    private static let late = [
        Late(cluster: "us-east", share: 0.01), Late(cluster: "us-west", share: 0.05),
        Late(cluster: "eu-central", share: 0.1),
    ]
    private static let flapping = "eu-west"
    private static let replicas = 3
    /// How many pods there are.
    static let pods = (late.count + 1) * replicas + LongCut.movers

    /// For each link a Deployment that belongs behind it, and one that the cut of us-east moves to us-west.
    func populate() async throws {
        for cluster in Self.late.map(\.cluster) + [Self.flapping] {
            let pod = Manifest.podSpec(Manifest.cluster(cluster))
            try await space.apply(Manifest.deployment(app(of: cluster), replicas: Int64(Self.replicas), pod: pod))
        }
        try await LongCut(space: space).populate()
    }

    /// Does it for so long, and tells what was seen of each link.
    func run(for time: Duration) async throws -> [Figures] {
        try await space.running(Self.pods, within: .seconds(40))
        let end = ContinuousClock.now + time
        async let progress: Void = tell(of: time, until: end)
        let all = try await withThrowingTaskGroup(of: Figures.self) { group in
            for (number, link) in Self.late.enumerated() {
                group.addTask { try await delay(link, seed: seed &+ UInt64(number), until: end) }
            }
            group.addTask { try await flap(until: end) }
            var seen: [Figures] = []
            for try await figures in group { seen.append(figures) }
            return seen
        }
        try await progress
        return all
    }

    private func delay(_ link: Late, seed: UInt64, until end: ContinuousClock.Instant) async throws -> Figures {
        let start = try space.fleet.martlet.logLength()
        let answers = LateAnswers(fleet: space.fleet, cluster: link.cluster)
        async let seen = replicas(of: link.cluster).watched(until: end)
        let drawn = try await RandomLateness(answers: answers, share: link.share).run(until: end, seed: seed)
        return Figures(
            cluster: link.cluster,
            drawn: drawn,
            givenUp: try answers.givenUp(since: start),
            seen: try await seen
        )
    }

    private func flap(until end: ContinuousClock.Instant) async throws -> Figures {
        let start = try space.fleet.martlet.logLength()
        async let seen = replicas(of: Self.flapping).watched(until: end)
        try await space.fleet.flap(Self.flapping, until: end)
        let answers = LateAnswers(fleet: space.fleet, cluster: Self.flapping)
        return Figures(
            cluster: Self.flapping,
            drawn: nil,
            givenUp: try answers.givenUp(since: start),
            seen: try await seen
        )
    }

    /// Says each minute how far it is.
    private func tell(of time: Duration, until end: ContinuousClock.Instant) async throws {
        while ContinuousClock.now < end {
            let left = end - ContinuousClock.now
            Patience.note("links: \((time - left).inSeconds) of \(time.inSeconds)")
            try await Task.sleep(for: min(left, .seconds(60)))
        }
    }

    private func replicas(of cluster: String) -> Replicas {
        Replicas(space: space, cluster: cluster, app: app(of: cluster), count: Self.replicas)
    }

    private func app(of cluster: String) -> String { "web-\(cluster)" }
}

extension UnsteadyLinks.Figures {
    /// A probe or two is no news of a node. One whose link comes and goes may say so once, and nothing moves for that.
    func check() {
        #expect(seen.placedShare >= 0.995, "\(self)")
        if drawn != nil {
            #expect(seen.transitions == 0, "\(self)")
            #expect(seen.toldShare >= 0.995, "\(self)")
        } else {
            #expect(givenUp > 0, "\(self)")
            #expect(seen.transitions <= 1, "\(self)")
        }
    }
}
