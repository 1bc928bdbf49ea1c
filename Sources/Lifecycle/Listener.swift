internal import Synchronization

/// Somebody who is told news, for as long as its owner lives.
package struct Listener<News>: Sendable {
    package let notify: @Sendable (News) -> Void
    private let hasNoOwner: @Sendable () -> Bool

    /// One that listens for ever.
    package init(_ notify: @escaping @Sendable (News) -> Void) {
        self.notify = notify
        hasNoOwner = { false }
    }

    /// - Parameter owner: not kept alive; `notify` must not keep it either.
    package init(for owner: some AnyObject & Sendable, _ notify: @escaping @Sendable (News) -> Void) {
        self.notify = notify
        hasNoOwner = { [weak owner] in owner == nil }
    }

    /// Whether its owner is gone, so that it can be forgotten.
    package var isOver: Bool { hasNoOwner() }
}

/// All who are told the same news. They are called outside the lock.
package final class Audience<News>: Sendable {
    private let listeners = Mutex<[Listener<News>]>([])

    package init() {}

    package func add(_ listener: Listener<News>) {
        listeners.withLock { $0.append(listener) }
    }

    package func tell(_ news: News) {
        let all = listeners.withLock { $0 }
        for listener in all { listener.notify(news) }
        guard all.contains(where: { $0.isOver }) else { return }
        listeners.withLock { $0.removeAll { $0.isOver } }
    }
}
