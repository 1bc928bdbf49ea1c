import Lifecycle
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct TimeoutTests {
    private struct Broken: Error {}

    private let clock = ManualClock()

    /// Waits for its cancellation, and for nothing else.
    @Sendable
    private static func waitForCancellation() async throws {
        await ShutdownSignal().wait()
        throw CancellationError()
    }

    @Test("A body that ends in time gives its value")
    func value() async throws {
        #expect(try await withTimeout(.seconds(1), clock: clock) { 42 } == 42)
    }

    @Test("What a body throws in time is passed on as it is")
    func bodyError() async {
        await #expect(throws: Broken.self) {
            try await withTimeout(.seconds(1), clock: clock) { throw Broken() }
        }
    }

    @Test("After the limit the body is cancelled and the error says that it was the time")
    func timeout() async {
        let result = Task { try await withTimeout(.seconds(5), clock: clock, Self.waitForCancellation) }
        await clock.waitForSleepers()
        clock.advance(by: .seconds(5))
        await #expect(throws: TimeoutError(limit: .seconds(5))) { try await result.value }
    }

    @Test("Before the limit nothing happens to the body")
    func beforeTheLimit() async throws {
        let stop = ShutdownSignal()
        let result = Task {
            try await withTimeout(.seconds(5), clock: clock) {
                await stop.wait()
                return Task.isCancelled
            }
        }
        await clock.waitForSleepers()
        clock.advance(by: .milliseconds(4999))
        stop.trigger()
        #expect(try await result.value == false)
    }

    @Test("A cancelled caller gets a cancellation, not a timeout")
    func cancelled() async {
        let clock = clock
        let task = Task { try await withTimeout(.seconds(5), clock: clock, Self.waitForCancellation) }
        await clock.waitForSleepers()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test("A value that comes in spite of the timeout is not thrown away")
    func lateValue() async throws {
        let result = Task {
            try await withTimeout(.seconds(5), clock: clock) {
                await ShutdownSignal().wait()
                return "late"
            }
        }
        await clock.waitForSleepers()
        clock.advance(by: .seconds(6))
        #expect(try await result.value == "late")
    }

    @Test("Whatever error the timeout causes in the body, the caller sees the timeout")
    func translatedError() async {
        let result = Task {
            try await withTimeout(.seconds(5), clock: clock) {
                await ShutdownSignal().wait()
                throw Broken()
            }
        }
        await clock.waitForSleepers()
        clock.advance(by: .seconds(5))
        await #expect(throws: TimeoutError.self) { try await result.value }
    }
}
