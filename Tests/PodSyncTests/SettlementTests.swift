import KubeModel
import Testing

@testable import PodSync

@Suite(.timeLimit(.minutes(1))) struct SettlementTests {
    private let settlement = Settlement()

    /// The next change that was told.
    private func next() async -> Bool? {
        var changes = settlement.changes.makeAsyncIterator()
        return await changes.next()
    }

    @Test func `It is settled when each pod was looked at since the cluster came in sight`() async {
        settlement.lose()
        #expect(await next() == false)
        settlement.begin(["a", "b"])
        let round = settlement.round
        settlement.looked(at: "a", round: round)
        settlement.looked(at: "c", round: round)
        settlement.looked(at: "b", round: round - 1)
        settlement.lose()
        #expect(await next() == false, "a look that began before counts for nothing")
        settlement.begin(["a", "b"])
        for uid in ["b", "a"] { settlement.looked(at: uid, round: settlement.round) }
        #expect(await next() == true)
    }

    @Test func `With nothing to end it is settled at once`() async {
        settlement.begin([])
        #expect(await next() == true)
    }

    @Test func `A look that ends after the cluster was lost again settles nothing`() async {
        settlement.begin(["a"])
        let round = settlement.round
        settlement.lose()
        settlement.looked(at: "a", round: round)
        #expect(await next() == false)
    }
}
