import Testing

@testable import Lifecycle

@Suite struct ServiceGroupPlanTests {
    private struct Broken: Error {}

    /// A plan for services "0", "1" …, of which those named may end.
    private func makePlan(_ count: Int, mayEnd: Set<Int> = []) -> ServiceGroupPlan {
        ServiceGroupPlan(members: (0..<count).map { .init(name: "\($0)", mayEnd: mayEnd.contains($0)) })
    }

    /// The same, with all of them started and ready.
    private func makeRunningPlan(_ count: Int, mayEnd: Set<Int> = []) -> ServiceGroupPlan {
        var plan = makePlan(count, mayEnd: mayEnd)
        _ = plan.begin()
        for index in 0..<count { _ = plan.handle(.ready(index, .success(()))) }
        return plan
    }

    @Test("Each service starts when the one before it is ready")
    func orderedStart() {
        var plan = makePlan(3)
        #expect(plan.begin() == [.start(0)])
        #expect(plan.handle(.ready(0, .success(()))) == [.start(1)])
        #expect(plan.handle(.ready(1, .success(()))) == [.start(2)])
        #expect(plan.handle(.ready(2, .success(()))) == [])
    }

    @Test("Services stop one by one, the last one first")
    func reverseStop() {
        var plan = makeRunningPlan(3)
        #expect(plan.handle(.stopRequested) == [.startGracePeriod, .stop(2)])
        #expect(plan.handle(.stopRequested) == [])
        #expect(plan.handle(.ended(2, .success(()))) == [.stop(1)])
        #expect(plan.handle(.ended(1, .failure(CancellationError()))) == [.stop(0)])
        #expect(plan.handle(.ended(0, .success(()))) == [.cancelAll])
        #expect(plan.failure == nil)
    }

    @Test("A service that ends out of turn while stopping is not asked to stop")
    func outOfTurn() {
        var plan = makeRunningPlan(3)
        _ = plan.handle(.stopRequested)
        #expect(plan.handle(.ended(1, .success(()))) == [])
        #expect(plan.handle(.ended(2, .success(()))) == [.stop(0)])
    }

    @Test("A stop during the start ends what has started and starts nothing more")
    func stopWhileStarting() {
        var plan = makePlan(3)
        _ = plan.begin()
        _ = plan.handle(.ready(0, .success(())))
        #expect(plan.handle(.stopRequested) == [.startGracePeriod, .stop(1)])
        #expect(plan.handle(.ready(1, .success(()))) == [])
        #expect(plan.handle(.ended(1, .success(()))) == [.stop(0)])
        #expect(plan.handle(.ended(0, .success(()))) == [.cancelAll])
    }

    @Test("A failed service stops the others, and its error is the one reported")
    func failure() throws {
        var plan = makeRunningPlan(2)
        #expect(plan.handle(.ended(0, .failure(Broken()))) == [.startGracePeriod, .stop(1)])
        #expect(plan.handle(.ended(1, .failure(TimeoutError(limit: .zero)))) == [.cancelAll])
        let failure = try #require(plan.failure)
        #expect(failure.code == .failed)
        #expect(failure.services == ["0"])
        #expect(failure.underlying is Broken)
    }

    @Test("A service that never becomes ready stops the start")
    func failedReadiness() {
        var plan = makePlan(2)
        _ = plan.begin()
        #expect(plan.handle(.ready(0, .failure(Broken()))) == [.startGracePeriod, .stop(0)])
        #expect(plan.failure?.code == .failed)
    }

    @Test("A service that returns unasked stops the group, unless it may")
    func earlyEnd() {
        var plan = makeRunningPlan(3, mayEnd: [1])
        #expect(plan.handle(.ended(1, .success(()))) == [])
        #expect(plan.failure == nil)
        #expect(plan.handle(.ended(2, .success(()))) == [.startGracePeriod, .stop(0)])
        #expect(plan.failure?.code == .endedEarly)
        #expect(plan.failure?.services == ["2"])
    }

    @Test("A group whose services all may end is over when they have, even while it starts")
    func allEnd() {
        var plan = makePlan(2, mayEnd: [0, 1])
        _ = plan.begin()
        #expect(plan.handle(.ended(0, .success(()))) == [])
        #expect(plan.handle(.ready(0, .success(()))) == [.start(1)])
        #expect(plan.handle(.ended(1, .success(()))) == [])
        #expect(plan.handle(.ready(1, .success(()))) == [.cancelAll])
        #expect(plan.failure == nil)
    }

    @Test("After the grace period the rest is cancelled and named")
    func gracePeriod() {
        var plan = makeRunningPlan(3)
        _ = plan.handle(.stopRequested)
        _ = plan.handle(.ended(2, .success(())))
        #expect(plan.handle(.gracePeriodOver) == [.cancelAll])
        #expect(plan.handle(.ended(1, .failure(CancellationError()))) == [])
        #expect(plan.handle(.ended(0, .failure(CancellationError()))) == [.cancelAll])
        #expect(plan.failure?.code == .stopTimedOut)
        #expect(plan.failure?.services == ["0", "1"])
    }

    @Test("An abort cancels at once, while running as while stopping", arguments: [false, true])
    func abort(isStopping: Bool) {
        var plan = makeRunningPlan(2)
        if isStopping { _ = plan.handle(.stopRequested) }
        #expect(plan.handle(.aborted) == [.cancelAll])
        #expect(plan.failure?.code == .aborted)
        #expect(plan.handle(.gracePeriodOver) == [])
        #expect(plan.failure?.code == .aborted)
    }

    @Test("Ends that follow a cancellation of the group are no failures")
    func cancellation() {
        var plan = makeRunningPlan(2)
        plan.noteCancellation()
        #expect(plan.handle(.ended(1, .success(()))) == [])
        #expect(plan.handle(.ended(0, .failure(CancellationError()))) == [.cancelAll])
        #expect(plan.failure == nil)
    }

    @Test("A group of nothing is over at once")
    func empty() {
        var plan = makePlan(0)
        #expect(plan.begin() == [.cancelAll])
    }
}
