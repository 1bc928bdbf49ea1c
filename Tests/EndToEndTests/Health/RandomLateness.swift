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
        let before = try await answered()
        var last = before
        try await eventually(
            "a probe of \(answers.cluster) is answered, and asks no more",
            within: .seconds(20),
            pause: .seconds(1)
        ) {
            try await answered()
        } until: { (count: Int) in
            defer { last = count }
            return count > before && count == last
        }
    }

    /// How often the cluster has said its version, which is what a probe asks for.
    private func answered() async throws -> Int {
        let marks = [
            "martlet_api_requests_total{", "cluster=\"\(answers.cluster)\"", "code=\"200\"", "resource=\"version\"",
        ]
        let lines = try await StatusPage.get("/metrics").text.split(separator: "\n")
        let counts = lines.filter { line in marks.allSatisfy { line.contains($0) } }
            .compactMap { line in line.split(separator: " ").last.flatMap { Int($0) } }
        return counts.reduce(0, +)
    }
}
