import TestSupport
import Testbed

/// Chance that makes answers to the probes of a cluster late, each with the same probability.
///
/// Never three in a row: that is a cluster's loss, which the cut shows. Of ten per cent chance would draw it once in a
/// thousand probes.
struct RandomLateness {
    /// What was drawn.
    struct Drawn {
        var late = 0
        /// Late ones and those in time.
        var all = 0
    }

    let answers: LateAnswers
    /// The probability.
    let share: Double

    private static let longestRow = 2

    /// Draws for one probe after the other, until then.
    func run(until end: ContinuousClock.Instant, seed: UInt64) async throws -> Drawn {
        var random = SeededGenerator(seed: seed)
        var drawn = Drawn()
        while ContinuousClock.now < end {
            var row = 0
            while row < Self.longestRow, Double.random(in: 0..<1, using: &random) < share { row += 1 }
            if row > 0 { try await answers.late(row) }
            try await inTime()
            drawn.late += row
            drawn.all += row + 1
        }
        return drawn
    }

    /// Lets one probe be answered: the next one after what was late. The further requests that a probe makes on an uneven
    /// way belong to it.
    private func inTime() async throws {
        let (fleet, cluster) = (answers.fleet, answers.cluster)
        let before = try await fleet.answeredProbes(of: cluster)
        var last = before
        try await eventually(
            "a probe of \(cluster) is answered, and asks no more",
            within: .seconds(20),
            pause: .seconds(1)
        ) {
            try await fleet.answeredProbes(of: cluster)
        } until: { (count: Int) in
            defer { last = count }
            return count > before && count == last
        }
    }
}
