import Synchronization

/// Tells tasks of the end of a thread.
final class ThreadEnd: Sendable {
    private struct State {
        var hasCome = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Called once, as the thread's last act.
    func announce() {
        let waiters = state.withLock { state in
            state.hasCome = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Not ended by cancellation: the thread's end is near when this is called, and what comes after relies on it.
    func wait() async {
        await withCheckedContinuation { waiter in
            let hasCome = state.withLock { state in
                if !state.hasCome { state.waiters.append(waiter) }
                return state.hasCome
            }
            if hasCome { waiter.resume() }
        }
    }
}
