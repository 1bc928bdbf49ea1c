import Lifecycle
import Testing

@Suite(.timeLimit(.minutes(1))) struct CancelOnShutdownTests {
    private struct Broken: Error {}

    @Sendable
    private static func waitForCancellation() async throws {
        await ShutdownSignal().wait()
        throw CancellationError()
    }

    @Test("A body that ends by itself gives its value")
    func value() async throws {
        #expect(try await cancelOnShutdown(ShutdownSignal()) { 7 } == 7)
    }

    @Test("The shutdown cancels the body, and that is a good end")
    func shutdown() async throws {
        let signal = ShutdownSignal()
        let result = Task { try await cancelOnShutdown(signal, Self.waitForCancellation) }
        signal.trigger()
        #expect(try await result.value == nil)
    }

    @Test("A body that fails while it is shut down has failed")
    func failureWhileStopping() async {
        let signal = ShutdownSignal()
        let result = Task {
            try await cancelOnShutdown(signal) {
                await ShutdownSignal().wait()
                throw Broken()
            }
        }
        signal.trigger()
        await #expect(throws: Broken.self) { try await result.value }
    }

    @Test("A cancelled caller gets a cancellation, not a good end")
    func cancelled() async {
        let task = Task { try await cancelOnShutdown(ShutdownSignal(), Self.waitForCancellation) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
