import Synchronization

/// A request to stop in good order, which is not cancellation: whoever waits for it decides what to finish first.
///
/// Once triggered it stays triggered. Any number of tasks may wait.
package final class ShutdownSignal: Sendable {
    /// The signal of the service that this task belongs to; outside of any `ServiceGroup`, `never`.
    @TaskLocal package static var current: ShutdownSignal = .never

    /// A signal that is never triggered: triggering it is a programming error.
    package static let never = ShutdownSignal(canTrigger: false)

    private let canTrigger: Bool
    private let state = Mutex(State())

    package convenience init() {
        self.init(canTrigger: true)
    }

    private init(canTrigger: Bool) {
        self.canTrigger = canTrigger
    }

    /// Wakes every waiter, now and for ever. Triggering twice is the same as once.
    package func trigger() {
        precondition(canTrigger, "ShutdownSignal.never was triggered")
        for waiter in state.withLock({ $0.trigger() }) {
            waiter.resume()
        }
    }

    /// True once the signal has been triggered.
    package var isTriggered: Bool {
        state.withLock { $0.isTriggered }
    }

    /// Returns when the signal has been triggered or the calling task is cancelled; `isTriggered` tells which.
    package func wait() async {
        let id = state.withLock { $0.register() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustPark = state.withLock { $0.park(id, continuation) }
                if !mustPark { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.cancel(id) }?.resume()
        }
        state.withLock { $0.forget(id) }
    }

    /// The number of tasks that are parked in `wait()`.
    package var waiterCount: Int {
        state.withLock { $0.parkedCount }
    }
}

extension ShutdownSignal {
    private typealias Waiter = CheckedContinuation<Void, Never>

    /// The waiters and whether they have anything left to wait for; continuations are handed out, never resumed here.
    private struct State {
        /// A waiter exists before it has parked, because its cancellation may come first.
        private enum Phase {
            case registered
            case parked(Waiter)
            case cancelled
        }

        private(set) var isTriggered = false
        private var waiters: [UInt64: Phase] = [:]
        private var nextID: UInt64 = 0

        var parkedCount: Int {
            waiters.values.count { if case .parked = $0 { true } else { false } }
        }

        mutating func register() -> UInt64 {
            defer { nextID += 1 }
            waiters[nextID] = .registered
            return nextID
        }

        /// False when there is nothing to wait for and the caller must resume the waiter itself.
        mutating func park(_ id: UInt64, _ waiter: Waiter) -> Bool {
            guard !isTriggered, case .registered = waiters[id] else { return false }
            waiters[id] = .parked(waiter)
            return true
        }

        mutating func cancel(_ id: UInt64) -> Waiter? {
            switch waiters[id] {
            case .parked(let waiter):
                waiters[id] = .cancelled
                return waiter
            case .registered:
                waiters[id] = .cancelled
                return nil
            case .cancelled, nil:
                return nil
            }
        }

        mutating func forget(_ id: UInt64) {
            waiters[id] = nil
        }

        mutating func trigger() -> [Waiter] {
            isTriggered = true
            let parked = waiters.values.compactMap { phase -> Waiter? in
                if case .parked(let waiter) = phase { waiter } else { nil }
            }
            waiters.removeAll()
            return parked
        }
    }
}
