import Lifecycle
import Observability
import Synchronization
import TestSupport
import Testing

@testable import VirtualNode

@Suite(.timeLimit(.minutes(1))) struct WorkloadSupervisorTests {
    private struct Broken: Error {}

    private let state = VirtualNodeState()
    private let clock = ManualClock()
    private let restarts = MetricsRegistry().counter("restarts_total", help: "Restarts.")
    private let runs: AsyncStream<Int>
    private let started: AsyncStream<Int>.Continuation

    init() {
        (runs, started) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .unbounded)
    }

    /// A supervisor whose work tells its number when it starts.
    private func supervisor(_ work: @escaping @Sendable (Int) async throws -> Void) -> WorkloadSupervisor {
        let counted = Counting()
        return WorkloadSupervisor(
            state: state,
            backoff: Backoff(base: .seconds(1), cap: .seconds(8)),
            clock: clock,
            logger: InMemoryLogSink().logger(),
            restarts: restarts
        ) { [started] in
            let number = counted.next()
            started.yield(number)
            try await work(number)
        }
    }

    @Test func `Nothing runs before the node is ours`() async throws {
        let supervisor = supervisor { _ in try await Task.sleep(for: .seconds(3600)) }
        let task = Task { try await supervisor.run() }
        state.set(registration: .refused("taken"))
        state.set(registration: .registered("uid-1"))
        var iterator = runs.makeAsyncIterator()
        #expect(await iterator.next() == 1)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `Work that fails is told in the state and started again with backoff`() async throws {
        let supervisor = supervisor { number in
            guard number > 2 else { throw Broken() }
            try await Task.sleep(for: .seconds(3600))
        }
        state.set(registration: .registered("uid-1"))
        let task = Task { try await supervisor.run() }
        var iterator = runs.makeAsyncIterator()
        #expect(await iterator.next() == 1)
        await clock.waitForSleepers()
        #expect(state.sync == .failed(.init(reason: "PodSyncFailed", message: "Broken()")))
        clock.advance(by: .seconds(1))
        #expect(await iterator.next() == 2)
        await clock.waitForSleepers()
        clock.advance(by: .milliseconds(1999))
        #expect(clock.sleeperCount == 1, "the second delay is two seconds")
        clock.advance(by: .milliseconds(1))
        #expect(await iterator.next() == 3)
        #expect(state.sync != .starting, "what is wrong stands until the work is under way")
        #expect(restarts.value == 2)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `Work that ends although nobody asked is a failure`() async throws {
        let supervisor = supervisor { _ in }
        state.set(registration: .registered("uid-1"))
        let task = Task { try await supervisor.run() }
        await clock.waitForSleepers()
        #expect(state.sync == .failed(.init(reason: "PodSyncFailed", message: "a service of the cluster ended early")))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `Work stops when the node's name is taken and goes on when it is ours again`() async throws {
        let (stopped, stops) = AsyncStream.makeStream(of: Void.self)
        let supervisor = supervisor { _ in
            defer { stops.yield() }
            try await Task.sleep(for: .seconds(3600))
        }
        state.set(registration: .registered("uid-1"))
        let task = Task { try await supervisor.run() }
        var iterator = runs.makeAsyncIterator()
        var ends = stopped.makeAsyncIterator()
        #expect(await iterator.next() == 1)
        state.set(registration: .refused("taken"))
        await ends.next()
        state.set(registration: .registered("uid-2"))
        #expect(await iterator.next() == 2)
        #expect(restarts.value == 0)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

/// Counts up from 1.
private final class Counting: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
