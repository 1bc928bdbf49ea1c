import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ManualClockTests {
    private let clock = ManualClock()

    @Test("Sleepers wake when their time has come, and not before")
    func wakesInTime() async throws {
        let clock = clock
        let short = Task { try await clock.sleep(for: .seconds(1)) }
        let long = Task { try await clock.sleep(for: .seconds(2)) }
        await clock.waitForSleepers(count: 2)
        clock.advance(by: .milliseconds(999))
        #expect(clock.sleeperCount == 2)
        clock.advance(by: .milliseconds(1))
        try await short.value
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(1))
        try await long.value
        #expect(clock.now.offset == .seconds(2))
    }

    @Test("A deadline that has passed does not sleep")
    func passedDeadline() async throws {
        let start = clock.now
        clock.advance(by: .seconds(1))
        try await clock.sleep(until: start)
        try await clock.sleep(for: .zero)
    }

    @Test("A cancelled sleeper wakes with a cancellation")
    func cancellation() async {
        let clock = clock
        let task = Task { try await clock.sleep(for: .seconds(1)) }
        await clock.waitForSleepers()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test("A sleeper that was cancelled before it parked wakes with a cancellation, even if its time has come")
    func cancelledBefore() async {
        let clock = clock
        for duration in [Duration.seconds(1), .zero] {
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await clock.sleep(for: duration)
            }
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("Waiting for sleepers ends when enough of them sleep, or when it is cancelled")
    func waiting() async throws {
        let clock = clock
        let waiter = Task { await clock.waitForSleepers(count: 2) }
        let sleepers = (0..<2).map { _ in Task { try await clock.sleep(for: .seconds(1)) } }
        await waiter.value
        #expect(clock.sleeperCount == 2)
        let vain = Task { await clock.waitForSleepers(count: 3) }
        vain.cancel()
        await vain.value
        clock.advance(by: .seconds(1))
        for sleeper in sleepers { try await sleeper.value }
    }
}
