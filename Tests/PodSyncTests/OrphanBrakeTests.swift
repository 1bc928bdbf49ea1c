import KubeModel
import Synchronization
import Testing

@testable import PodSync

@Suite struct OrphanBrakeTests {
    private func uids(_ range: Range<Int>) -> Set<UID> { Set(range.map { "uid-\($0)" }) }

    /// Orphans, all delegates, the limit in percent and in number, and whether a person is needed.
    @Test(
        arguments: [
            (0, 0, 20, 5, false), (5, 5, 20, 5, false), (6, 6, 20, 5, true), (6, 30, 20, 5, false),
            (7, 30, 20, 5, true), (200, 1000, 20, 5, false), (201, 1000, 20, 5, true), (1000, 1000, 100, 5, false),
            (1, 1000, 0, 0, true), (1, 1, 50, 0, true), (5, 10, 50, 0, false), (30, 30, 20, 50, false),
        ]
    )
    func `Many at once, and a large part of all, need a person's word`(
        orphans: Int,
        delegates: Int,
        percent: Int,
        count: Int,
        isHeld: Bool
    ) {
        let brake = OrphanBrake(OrphanBrake.Limit(percent: percent, count: count))
        #expect(brake.allows(uids(0..<orphans), delegates: delegates) == !isHeld)
        #expect((brake.notice != nil) == isHeld)
        #expect(brake.notice.map(\.orphans) == (isHeld ? orphans : nil))
    }

    @Test func `The word counts for what was told, and only once`() throws {
        let brake = OrphanBrake()
        #expect(!brake.allows(uids(0..<10), delegates: 10))
        #expect(brake.isHeld("uid-3"))
        let token = try #require(brake.notice?.token)
        brake.confirm("yes")
        #expect(!brake.allows(uids(0..<10), delegates: 10))
        brake.confirm(token)
        #expect(!brake.isHeld("uid-3"), "it is to be judged again")
        #expect(brake.allows(uids(0..<10), delegates: 10))
        #expect(brake.notice == nil)
        #expect(!brake.allows(uids(20..<30), delegates: 10), "others, with the annotation still there")
        #expect(brake.notice?.token != token)
    }

    @Test func `Of what was told some may go by other hands; one more is another matter`() throws {
        let brake = OrphanBrake()
        #expect(!brake.allows(uids(0..<10), delegates: 10))
        let notice = brake.notice
        #expect(!brake.allows(uids(0..<8), delegates: 8))
        #expect(brake.notice == notice)
        #expect(!brake.allows(uids(0..<11), delegates: 11))
        #expect(brake.notice?.token != notice?.token)
        #expect(brake.allows(uids(0..<5), delegates: 5), "that few may always go")
        #expect(brake.notice == nil)
    }

    @Test func `A process that starts anew tells the same delegates by the same token`() {
        let (one, other) = (OrphanBrake(), OrphanBrake())
        #expect(!one.allows(uids(0..<50), delegates: 60))
        #expect(!other.allows(uids(0..<50), delegates: 60))
        #expect(one.notice == other.notice)
    }

    @Test func `Whoever watches is told of each notice, its confirmation and its end`() throws {
        let brake = OrphanBrake()
        let told = Mutex(0)
        brake.onChange { told.withLock { $0 += 1 } }
        func count(_ change: () -> Void) -> Int {
            told.withLock { $0 = 0 }
            change()
            return told.withLock { $0 }
        }
        #expect(count { _ = brake.allows(uids(0..<10), delegates: 10) } == 1)
        #expect(count { _ = brake.allows(uids(0..<10), delegates: 10) } == 0)
        #expect(count { brake.confirm("something else") } == 0)
        let token = try #require(brake.notice?.token)
        #expect(count { brake.confirm(token) } == 1)
        #expect(count { brake.confirm(token) } == 0)
        #expect(count { _ = brake.allows(uids(0..<10), delegates: 10) } == 1)
    }
}
