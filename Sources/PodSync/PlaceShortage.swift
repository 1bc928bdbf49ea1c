import Synchronization

/// That a cluster has lately found no node for pods of the origin, for its virtual node to say: while their owners' next
/// pods wait, the origin's scheduler shall rather take other nodes. It ends by itself.
package final class PlaceShortage: Sendable {
    private struct State {
        var until: ContinuousClock.Instant?
        var isShown = false
        var observer: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    /// How long it lasts still; nil if there is none.
    package func remaining(now: ContinuousClock.Instant = .now) -> Duration? {
        state.withLock { state in
            guard let until = state.until, until > now else { return nil }
            return until - now
        }
    }

    /// Sets who says so on the node, and is told that ``remaining(now:)`` changed. The closure is called outside the lock
    /// and must not block.
    package func onChange(_ notify: @escaping @Sendable () -> Void) {
        state.withLock { $0.observer = notify }
    }

    /// Takes note whether the node says so.
    package func note(isShown: Bool) {
        state.withLock { $0.isShown = isShown }
    }

    /// Whether the node says so, or there is nobody to say it.
    var isShown: Bool { state.withLock { $0.isShown || $0.observer == nil } }

    /// It lasts until then; nil for not at all. The closure is called under the lock, so that of two calls the later one has
    /// the last word, and must not call back.
    func set(_ end: () -> ContinuousClock.Instant?) {
        let notify = state.withLock { state -> (@Sendable () -> Void)? in
            let until = end()
            guard state.until != until else { return nil }
            state.until = until
            return state.observer
        }
        notify?()
    }
}
