import Synchronization

/// Wakes one waiter. A ring that finds nobody waiting is kept for the next one; several such rings are one.
final class Alarm: Sendable {
    private enum State {
        case quiet
        case rung
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    func ring() {
        let previous = state.withLock { state in
            defer { if case .waiting = state { state = .quiet } else { state = .rung } }
            return state
        }
        if case .waiting(let continuation) = previous { continuation.resume() }
    }

    /// Returns when the alarm rings or the task is cancelled. A cancelled wait may leave a ring behind, which costs
    /// the next waiter one look too many.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustResume = state.withLock { state in
                    if case .rung = state {
                        state = .quiet
                        return true
                    }
                    if case .waiting = state { preconditionFailure("an alarm has one waiter") }
                    state = .waiting(continuation)
                    return false
                }
                if mustResume { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
    }
}
