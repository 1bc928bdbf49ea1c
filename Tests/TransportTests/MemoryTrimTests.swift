import Lifecycle
import TestSupport
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct MemoryTrimTests {
    @Test func `Memory is given back each minute, until the service is to stop`() async throws {
        let (clock, stop, trims) = (ManualClock(), ShutdownSignal(), Tally())
        let service = MemoryTrim(clock: clock) { trims.add() }
        let task = Task { try await ShutdownSignal.$current.withValue(stop) { try await service.run() } }
        for minutes in 0..<3 {
            await clock.waitForSleepers()
            #expect(trims.count == minutes)
            clock.advance(by: .seconds(60))
        }
        await clock.waitForSleepers()
        #expect(trims.count == 3)
        stop.trigger()
        try await task.value
    }
}
