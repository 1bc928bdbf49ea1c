import Lifecycle
import Synchronization
import TestSupport
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct MemoryTrimTests {
    @Test func `Memory is given back each minute, until the service is to stop`() async throws {
        let (clock, stop, count) = (ManualClock(), ShutdownSignal(), Counter())
        let service = MemoryTrim(clock: clock) { count.value.add(1, ordering: .relaxed) }
        let task = Task { try await ShutdownSignal.$current.withValue(stop) { try await service.run() } }
        for minutes in 0..<3 {
            await clock.waitForSleepers()
            #expect(count.value.load(ordering: .relaxed) == minutes)
            clock.advance(by: .seconds(60))
        }
        await clock.waitForSleepers()
        #expect(count.value.load(ordering: .relaxed) == 3)
        stop.trigger()
        try await task.value
    }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }
}
