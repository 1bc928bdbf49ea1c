import Synchronization

/// Counts the workers of a queue that have nothing to do, for the one task that hands out its keys.
///
/// Waiting for one needs no word of cancellation: those who are at work are cancelled with whoever waits, and give back.
final class FreeWorkers: Sendable {
    private struct State {
        var count: Int
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(count: count))
    }

    /// Returns once there is one, which is the caller's then. One caller at a time.
    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.count > 0 else {
                    state.waiter = continuation
                    return false
                }
                state.count -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    /// Gives one back.
    func give() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state.waiter = nil }
            if state.waiter == nil { state.count += 1 }
            return state.waiter
        }
        waiter?.resume()
    }
}
