import Synchronization
import Testing

@testable import Lifecycle

@Suite(.timeLimit(.minutes(1))) struct SingleFlightTests {
    /// An operation that waits for the test.
    private final class Gate: Sendable {
        let started: AsyncStream<Void>
        let ended: AsyncStream<Bool>
        private let sayStarted: AsyncStream<Void>.Continuation
        private let sayEnded: AsyncStream<Bool>.Continuation
        private let opening: AsyncStream<Void>
        private let open: AsyncStream<Void>.Continuation
        private let runs = Mutex(0)

        init() {
            (started, sayStarted) = AsyncStream.makeStream()
            (ended, sayEnded) = AsyncStream.makeStream()
            (opening, open) = AsyncStream.makeStream()
        }

        func pass() { open.yield() }

        func run() async throws -> Int {
            let run = runs.withLock { runs in
                runs += 1
                return runs
            }
            sayStarted.yield()
            for await _ in opening { break }
            sayEnded.yield(Task.isCancelled)
            try Task.checkCancellation()
            return run
        }
    }

    @Test func `All who ask at the same time get the result of one run`() async throws {
        let gate = Gate()
        let flight = SingleFlight { try await gate.run() }
        let callers = (0..<10).map { _ in Task { try await flight.value() } }
        for await _ in gate.started { break }
        while flight.waiterCount < callers.count { await Task.yield() }
        gate.pass()
        for caller in callers { #expect(try await caller.value == 1) }
    }

    @Test func `Who comes later starts another run`() async throws {
        let gate = Gate()
        let flight = SingleFlight { try await gate.run() }
        gate.pass()
        #expect(try await flight.value() == 1)
        gate.pass()
        #expect(try await flight.value() == 2)
    }

    @Test func `One who is cancelled leaves at once and the others get their result`() async throws {
        let gate = Gate()
        let flight = SingleFlight { try await gate.run() }
        let stays = Task { try await flight.value() }
        for await _ in gate.started { break }
        let leaves = Task { try await flight.value() }
        while flight.waiterCount < 2 { await Task.yield() }
        leaves.cancel()
        await #expect(throws: CancellationError.self) { try await leaves.value }
        gate.pass()
        #expect(try await stays.value == 1)
    }

    @Test func `When the last one leaves the run is cancelled, and the next one is not`() async throws {
        let gate = Gate()
        let flight = SingleFlight { try await gate.run() }
        let leaves = Task { try await flight.value() }
        for await _ in gate.started { break }
        leaves.cancel()
        await #expect(throws: CancellationError.self) { try await leaves.value }
        for await wasCancelled in gate.ended {
            #expect(wasCancelled)
            break
        }
        gate.pass()
        #expect(try await flight.value() == 2)
    }

    @Test func `One who is cancelled before asking starts nothing`() async {
        let flight = SingleFlight<Int> { throw CancellationError() }
        let caller = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await flight.value()
        }
        await #expect(throws: CancellationError.self) { try await caller.value }
    }
}
