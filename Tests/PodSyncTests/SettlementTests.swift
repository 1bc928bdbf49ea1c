import KubeModel
import Testing

@testable import PodSync

@Suite(.timeLimit(.minutes(1))) struct SettlementTests {
    private let settlement: Settlement
    private let start = ContinuousClock.now

    init() {
        settlement = Settlement(start: start)
    }

    /// The next change that was told.
    private func next() async -> SettlementState? {
        var changes = settlement.changes.makeAsyncIterator()
        return await changes.next()
    }

    /// A look at a pod, and how much longer it is waited for.
    @discardableResult
    private func look(_ uid: UID, round: Int? = nil, isEnded: Bool = true, after time: Duration = .zero) -> Duration? {
        settlement.looked(at: uid, round: round ?? settlement.round, isEnded: isEnded, now: start + time)
    }

    @Test func `It is settled when each pod was looked at since the cluster came in sight`() async {
        settlement.lose(.clusterUnseen)
        #expect(await next() == .clusterUnseen)
        settlement.begin(["a", "b"], now: start)
        look("a")
        look("c")
        look("b", round: settlement.round - 1)
        settlement.lose(.originUnseen)
        #expect(await next() == .originUnseen, "a look that began before counts for nothing")
        settlement.begin(["a", "b"], now: start)
        for uid in ["b", "a"] { look(uid) }
        #expect(await next() == .settled)
    }

    @Test func `With nothing to end it is settled at once`() async {
        settlement.begin([], now: start)
        #expect(await next() == .settled)
    }

    @Test func `A look that ends after the cluster was lost again settles nothing`() async {
        settlement.begin(["a"], now: start)
        let round = settlement.round
        settlement.lose(.clusterUnseen)
        look("a", round: round)
        #expect(await next() == .clusterUnseen)
    }

    @Test func `What does not end is waited for no longer than the bound, which is less at the start`() async {
        for (sight, end) in [
            (Duration.seconds(5), Settlement.startBound), (.seconds(90), .seconds(90) + Settlement.bound),
        ] {
            settlement.begin(["a", "b"], now: start + sight)
            #expect(look("a", isEnded: false, after: sight) == end - sight)
            #expect(look("c", isEnded: false, after: sight) == nil, "nobody waits for that")
            #expect(look("a", isEnded: false, after: end - .seconds(1)) == .seconds(1))
            #expect(look("a", isEnded: false, after: end) == nil)
            #expect(await next() == .settled)
        }
    }

    @Test func `A first sight that comes late, as in an outage, has the whole bound`() {
        settlement.begin(["a"], now: start + Settlement.startBound)
        #expect(look("a", isEnded: false, after: Settlement.startBound) == Settlement.bound)
    }
}
