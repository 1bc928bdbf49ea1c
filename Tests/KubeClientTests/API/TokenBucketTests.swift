import TestSupport
import Testing

@testable import KubeClient

@Suite struct TokenBucketTests {
    @Test("The burst is free, then calls come at the rate")
    func burstThenRate() {
        var bucket = TokenBucket(qps: 10, burst: 3)
        let waits = (0..<6).map { _ in bucket.take(now: .seconds(5)) }
        #expect(waits == [.zero, .zero, .zero, .milliseconds(100), .milliseconds(200), .milliseconds(300)])
    }

    @Test("A pause refills the bucket up to the burst and no further")
    func refill() {
        var bucket = TokenBucket(qps: 10, burst: 2)
        for _ in 0..<2 { _ = bucket.take(now: .zero) }
        #expect(bucket.take(now: .milliseconds(100)) == .zero)
        #expect(bucket.take(now: .milliseconds(100)) == .milliseconds(100))
        let later = (0..<3).map { _ in bucket.take(now: .seconds(60)) }
        #expect(later == [.zero, .zero, .milliseconds(100)])
    }

    @Test("A token given back is there for the next")
    func giveBack() {
        var bucket = TokenBucket(qps: 1, burst: 1)
        #expect(bucket.take(now: .zero) == .zero)
        #expect(bucket.take(now: .zero) == .seconds(1))
        bucket.giveBack()
        #expect(bucket.take(now: .zero) == .seconds(1))
    }

    @Test("A pause holds everybody, and a shorter one does not cut it")
    func pause() {
        var bucket = TokenBucket(qps: 1000, burst: 100)
        bucket.pause(.seconds(4), now: .seconds(1))
        bucket.pause(.seconds(1), now: .seconds(1))
        #expect(bucket.take(now: .seconds(2)) == .seconds(3))
        #expect(bucket.take(now: .seconds(5)) == .zero)
    }

    @Test("Callers of a budget wait on its clock, and a cancelled one gives its call back", .timeLimit(.minutes(1)))
    func budget() async throws {
        let clock = ManualClock()
        let budget = RequestBudget(.limited(qps: 1, burst: 1), clock: clock)
        try await budget.acquire()
        let cancelled = Task { try await budget.acquire() }
        await clock.waitForSleepers(count: 1)
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        async let second: Void = budget.acquire()
        await clock.waitForSleepers(count: 1)
        clock.advance(by: .seconds(1))
        try await second
        #expect(clock.sleeperCount == 0)
    }

    @Test("A server cannot stop all calls for longer than the bound", .timeLimit(.minutes(1)))
    func boundedPause() async throws {
        let clock = ManualClock()
        let budget = RequestBudget(.unlimited, clock: clock)
        budget.pause(.seconds(3600))
        async let acquired: Void = budget.acquire()
        await clock.waitForSleepers(count: 1)
        clock.advance(by: RequestBudget.maximumPause)
        try await acquired
    }
}
