import Lifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct RunAnewTests {
    private struct Broken: Error {}

    private let signals = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    @Test func `A run is over before the next one begins`() async throws {
        let log = Mutex<[String]>([])
        let begun = AsyncStream<Void>.makeStream()
        let task = Task { [signals] in
            try await runAnew(at: signals.stream) {
                log.withLock { $0.append("begin") }
                begun.continuation.yield()
                await ShutdownSignal().wait()
                log.withLock { $0.append("end") }
                throw CancellationError()
            }
        }
        var runs = begun.stream.makeAsyncIterator()
        _ = await runs.next()
        signals.continuation.yield()
        _ = await runs.next()
        #expect(log.withLock { $0 } == ["begin", "end", "begin"])
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `Where no signals will come any more the body runs once`() async throws {
        signals.continuation.finish()
        let runs = Mutex(0)
        let task = Task { [signals] in
            try await runAnew(at: signals.stream) {
                runs.withLock { $0 += 1 }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        try await task.value
        #expect(runs.withLock { $0 } == 1)
    }

    @Test func `The body's failure is the end`() async {
        await #expect(throws: Broken.self) { try await runAnew(at: signals.stream) { throw Broken() } }
    }
}
