import Synchronization

/// A clock that stands still until the test moves it.
///
/// Sleepers park until `advance(by:)` reaches their deadline; they wake in the order of their deadlines. Wait with
/// `waitForSleepers(count:)` before moving the clock, or the code under test may ask for the time too late.
package final class ManualClock: Clock, Sendable {
    package typealias Duration = Swift.Duration

    /// A point in time, told as the time since the clock was made.
    package struct Instant: InstantProtocol, CustomStringConvertible {
        package var offset: Duration

        package init(offset: Duration = .zero) {
            self.offset = offset
        }

        package func advanced(by duration: Duration) -> Instant {
            Instant(offset: offset + duration)
        }

        package func duration(to other: Instant) -> Duration {
            other.offset - offset
        }

        package static func < (left: Instant, right: Instant) -> Bool {
            left.offset < right.offset
        }

        package var description: String { "\(offset)" }
    }

    private let state = Mutex(State())

    package init() {}

    package var now: Instant {
        state.withLock { $0.now }
    }

    package var minimumResolution: Duration { .nanoseconds(1) }

    /// Sleeps until the clock has been moved to `deadline`; `CancellationError` when cancelled before or meanwhile.
    package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let id = state.withLock { $0.register() }
        defer { state.withLock { $0.forget(id) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: SleepContinuation) in
                let wake = state.withLock { $0.park(id, until: deadline, continuation) }
                wake.perform()
            }
        } onCancel: {
            state.withLock { $0.cancel(id) }.perform()
        }
    }

    /// Moves the clock forward and wakes everyone whose deadline has come.
    package func advance(by duration: Duration) {
        precondition(duration >= .zero, "a clock does not go back")
        state.withLock { $0.advance(by: duration) }.perform()
    }

    /// The number of tasks that sleep on this clock now.
    package var sleeperCount: Int {
        state.withLock { $0.sleeperCount }
    }

    /// Returns when at least `count` tasks sleep on this clock, or when the caller is cancelled.
    package func waitForSleepers(count: Int = 1) async {
        let id = state.withLock { $0.register() }
        defer { state.withLock { $0.forget(id) } }
        do {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { (continuation: SleepContinuation) in
                    state.withLock { $0.parkWatcher(id, count: count, continuation) }.perform()
                }
            } onCancel: {
                state.withLock { $0.cancel(id) }.perform()
            }
        } catch {
            // Cancelled: the caller's next wait or check tells.
        }
    }
}

private typealias SleepContinuation = CheckedContinuation<Void, any Error>

extension ManualClock {
    /// Who is to be woken, outside the lock.
    private struct Wake {
        var due: [SleepContinuation] = []
        var cancelled: [SleepContinuation] = []

        func perform() {
            due.forEach { $0.resume() }
            cancelled.forEach { $0.resume(throwing: CancellationError()) }
        }
    }

    private struct State {
        /// A waiter is known before it has parked, because its cancellation may come first.
        private enum Waiter {
            case registered
            case cancelled
            case sleeping(until: Instant, SleepContinuation)
            case watching(count: Int, SleepContinuation)
        }

        private(set) var now = Instant()
        private var waiters: [UInt64: Waiter] = [:]
        private var nextID: UInt64 = 0

        var sleeperCount: Int {
            waiters.values.count { if case .sleeping = $0 { true } else { false } }
        }

        mutating func register() -> UInt64 {
            defer { nextID += 1 }
            waiters[nextID] = .registered
            return nextID
        }

        mutating func forget(_ id: UInt64) {
            waiters[id] = nil
        }

        mutating func park(_ id: UInt64, until deadline: Instant, _ continuation: SleepContinuation) -> Wake {
            guard case .registered = waiters[id] else { return Wake(cancelled: [continuation]) }
            guard deadline > now else { return Wake(due: [continuation]) }
            waiters[id] = .sleeping(until: deadline, continuation)
            return Wake(due: takeSatisfiedWatchers())
        }

        mutating func parkWatcher(_ id: UInt64, count: Int, _ continuation: SleepContinuation) -> Wake {
            guard case .registered = waiters[id] else { return Wake(cancelled: [continuation]) }
            guard sleeperCount < count else { return Wake(due: [continuation]) }
            waiters[id] = .watching(count: count, continuation)
            return Wake()
        }

        mutating func cancel(_ id: UInt64) -> Wake {
            defer { if waiters[id] != nil { waiters[id] = .cancelled } }
            switch waiters[id] {
            case .sleeping(_, let continuation), .watching(_, let continuation):
                return Wake(cancelled: [continuation])
            case .registered, .cancelled, nil:
                return Wake()
            }
        }

        mutating func advance(by duration: Duration) -> Wake {
            now = now.advanced(by: duration)
            var due: [(deadline: Instant, id: UInt64, continuation: SleepContinuation)] = []
            for (id, waiter) in waiters {
                guard case .sleeping(let deadline, let continuation) = waiter, deadline <= now else { continue }
                due.append((deadline, id, continuation))
                waiters[id] = nil
            }
            due.sort { ($0.deadline, $0.id) < ($1.deadline, $1.id) }
            return Wake(due: due.map(\.continuation))
        }

        private mutating func takeSatisfiedWatchers() -> [SleepContinuation] {
            let sleepers = sleeperCount
            var satisfied: [SleepContinuation] = []
            for (id, waiter) in waiters {
                guard case .watching(let count, let continuation) = waiter, count <= sleepers else { continue }
                satisfied.append(continuation)
                waiters[id] = nil
            }
            return satisfied
        }
    }
}
