import KubeModel
import Testing

@testable import Providers

@Suite struct HealthTrackerTests {
    private static let refused = ProbeFailure(kind: .silent, message: "connection refused")
    private static let busy = ProbeFailure(kind: .busy, message: "too many requests")

    private var tracker = HealthTracker(cluster: "us-east")

    /// Probes of one kind, five seconds apart: "+" answered, "-" failed, "b" busy, "w" failed while a watch went on,
    /// "h" failed, and something was heard since the one before.
    @discardableResult
    private mutating func probe(_ outcomes: String, from start: Int = 0) -> Int {
        for (index, outcome) in outcomes.enumerated() {
            let now = Duration.seconds(5 * (start + index))
            switch outcome {
            case "+": tracker.answered()
            case "-": tracker.failed(Self.refused, at: now)
            case "b": tracker.failed(Self.busy, at: now)
            case "h": tracker.failed(Self.refused, at: now, signs: RemoteSigns(sinceLastProbe: true))
            default: tracker.failed(Self.refused, at: now, signs: RemoteSigns(duringProbe: true))
            }
            // What runs is listed before the next probe.
            tracker.caughtUp()
        }
        return start + outcomes.count
    }

    /// The probes so far, and where the remote stands after them.
    @Test(
        arguments: [
            ("", .unheard), ("+", .present), ("-", .unheard), ("--", .unheard), ("---", .lost),
            ("+-", .present), ("+--", .present), ("+---", .lost), ("+--+--+--+--", .present),
            ("+---+", .present), ("+-----------+", .present), ("---+", .present),
            ("+bbbbbbbb", .present), ("bbbb", .present), ("+--b--b--", .present), ("+---b", .present),
            ("+wwwwwwww", .present), ("+--w--", .present),
            // It was there between the probes, which only met its absences; not so one that stays away after.
            ("+hhhhhhhh", .present), ("+--h-h", .present), ("+--h--", .lost), ("+---h", .lost), ("hhh", .lost),
            // It has come and gone: it must stay for three answers.
            ("+-+-+---+", .lost), ("+-+-+---++", .lost), ("+-+-+---+++", .present), ("+-+-+---++-+", .lost),
            ("+---+---+---+", .lost),
        ] as [(String, HealthTracker.Standing)]
    )
    mutating func `Three failures in a row lose a remote, and answers bring it back`(
        probes: String,
        standing: HealthTracker.Standing
    ) {
        probe(probes)
        #expect(tracker.standing == standing)
    }

    /// For how many probes the link is there and gone, in turn.
    @Test(arguments: [(1, 1), (1, 3), (2, 3), (1, 4), (2, 4)])
    mutating func `A link that comes and goes causes one change of standing at the most`(up: Int, down: Int) {
        probe("+")
        var changes = 0
        var last = tracker.standing
        for round in 0..<100 {
            let outcomes = String(repeating: "-", count: down) + String(repeating: "+", count: up)
            for (index, outcome) in outcomes.enumerated() {
                probe(String(outcome), from: 1 + round * outcomes.count + index)
                if tracker.standing != last { changes += 1 }
                last = tracker.standing
            }
        }
        // The first outages may be single ones for all that is known.
        #expect(changes <= (down < 3 ? 0 : 5), "\(changes)")
        #expect(tracker.standing == (down < 3 ? .present : .lost))
    }

    /// A day's probes, of which so many percent come too late.
    @Test(arguments: [1, 5, 10])
    mutating func `Probes that are late now and then never lose a cluster for as long as pods tolerate`(percent: Int) {
        var random = Congruence(state: 65)
        var (away, longest, current) = (0, 0, 0)
        for number in 0..<17_280 {
            probe(Int.random(in: 0..<100, using: &random) < percent ? "-" : "+", from: number)
            current = tracker.standing == .present ? 0 : current + 1
            longest = max(longest, current)
            away += min(current, 1)
        }
        #expect(away * 100 < 17_280, "\(away)")
        #expect(longest * 5 < 120, "\(longest)")
    }

    @Test mutating func `After two quiet minutes one answer is enough again`() {
        let end = probe("+-+-+---")
        probe("---+", from: end + 24)
        #expect(tracker.standing == .lost, "it failed all the while, which is no quiet")
        var other = HealthTracker(cluster: "us-east")
        swap(&tracker, &other)
        let steady = probe("+-+-+" + String(repeating: "+", count: 24))
        probe("---+", from: steady)
        #expect(tracker.standing == .present)
    }

    @Test mutating func `A remote that is back is not ready before it is known what runs there`() {
        probe("+---")
        tracker.answered()
        #expect(tracker.standing == .returning)
        #expect(reason == "RemoteReturning")
        tracker.watch("delegates", failsWith: Self.refused, at: .zero)
        #expect(message.contains("delegates can't be listed: connection refused"))
        tracker.caughtUp()
        #expect(tracker.standing == .present)
    }

    @Test mutating func `The message says what fails, how often and since when`() {
        probe("+----", from: 12)
        #expect(reason == "RemoteUnreachable")
        #expect(message == "Cluster us-east can't be reached: connection refused (3 times since 1970-01-01T00:01:05Z).")
    }

    @Test mutating func `A long outage is told when its length has doubled, not at each probe`() {
        probe("+---")
        var texts: Set<String> = []
        for number in 4..<104 {
            probe("-", from: number)
            texts.insert(message)
        }
        #expect(texts.count == 6, "\(texts.sorted())")
        #expect(message.contains("(96 times since"))
    }

    @Test mutating func `Another kind of failure is news at once`() {
        probe("+-----")
        tracker.failed(ProbeFailure(kind: .unauthorized, message: "the token has expired"), at: .seconds(60))
        #expect(reason == "RemoteUnauthorized")
        #expect(message.contains("does not serve us: the token has expired (6 times"))
    }

    @Test mutating func `What is wrong with a remote that can be used is told when it lasts`() {
        probe("+bb")
        #expect(tracker.health == .ready)
        probe("b")
        #expect(reason == "RemoteBusy")
        probe("+")
        #expect(tracker.health == .ready)
        probe("www")
        #expect(reason == "RemoteSlow")
        probe("+")
        for seconds in [0, 1, 3, 7, 15, 30] {
            #expect(tracker.health == .ready)
            tracker.watch("delegates", failsWith: Self.refused, at: .seconds(seconds))
        }
        #expect(reason == "WatchFailing")
        #expect(message.contains("its delegates can't be followed: connection refused"))
        tracker.watch("delegates", failsWith: nil, at: .zero)
        #expect(tracker.health == .ready)
    }

    private var reason: String { words.reason }
    private var message: String { words.message }

    private var words: (reason: String, message: String) {
        switch tracker.health {
        case .ready: ("", "")
        case .degraded(let reason, let message), .unknown(let reason, let message), .notReady(let reason, let message):
            (reason, message)
        }
    }
}

/// Chance that is the same in every run: the linear congruence of Knuth's MMIX.
private struct Congruence: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}
