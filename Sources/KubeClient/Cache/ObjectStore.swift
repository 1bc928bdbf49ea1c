package import KubeModel
import Lifecycle
import Synchronization

/// A local copy of a collection, kept by a `Reflector`.
///
/// Observers are called outside of the lock, one change after the other in the order in which they happened. Changes
/// from several tasks at once are delivered by one of them, so a call may return before its own change was delivered.
package final class ObjectStore<Object: KubeObject>: Sendable {
    package typealias Observer = @Sendable (StoreChange<Object>) -> Void

    /// The store's state when a call was started: its answer is taken only if no list came in between.
    package struct Mark: Sendable {
        let listCount: UInt64
    }

    private enum Delivery {
        case change(StoreChange<Object>)
        case synced
        /// Somebody listens from here on, who is told these objects first.
        case joined(Listener<StoreChange<Object>>, [Object], @Sendable ([Object]) -> Void)
    }

    private struct State {
        var content = ObjectStoreState<Object>()
        var observers: [Listener<StoreChange<Object>>] = []
        var undelivered: [Delivery] = []
        var isDelivering = false
    }

    private let state = Mutex(State())
    private let synced = Latch()

    package init() {}

    /// Adds an observer of the changes from now on.
    package func onChange(_ observer: @escaping Observer) {
        state.withLock { $0.observers.append(Listener(observer)) }
    }

    /// Adds an observer of the changes from now on, for as long as its owner lives.
    package func onChange(for owner: some AnyObject & Sendable, _ observer: @escaping Observer) {
        state.withLock { $0.observers.append(Listener(for: owner, observer)) }
    }

    /// Tells the objects that there are now, and then each change, for as long as the owner lives. While another task
    /// delivers changes it does this too, perhaps after the call has returned.
    package func follow(
        for owner: some AnyObject & Sendable,
        from start: @escaping @Sendable ([Object]) -> Void,
        onChange observer: @escaping Observer
    ) {
        let listener = Listener(for: owner, observer)
        mutate { state in [.joined(listener, state.objects, start)] }
    }
}

// MARK: - Reading

extension ObjectStore {
    package func get(_ key: ObjectKey) -> Object? {
        state.withLock { $0.content.object(key) }
    }

    package func get(uid: UID) -> Object? {
        state.withLock { $0.content.object(uid: uid) }
    }

    /// All objects, in no order.
    package var objects: [Object] {
        state.withLock { $0.content.objects }
    }

    package var keys: [ObjectKey] {
        state.withLock { $0.content.keys }
    }

    package var count: Int {
        state.withLock { $0.content.count }
    }

    /// How far the list and the watch have come; nil before the first list. Opaque.
    package var resourceVersion: String? {
        state.withLock { $0.content.resourceVersion }
    }

    /// True once the first list was taken and its changes delivered.
    package var isSynced: Bool { synced.isOpen }

    /// Returns once `isSynced`; `CancellationError` if cancelled before.
    package func waitUntilSynced() async throws {
        try await synced.wait()
    }
}

// MARK: - Changing

extension ObjectStore {
    /// Takes a list as the whole truth: objects that are not in it are told as gone, as they were known last.
    package func replace(_ objects: [Object], resourceVersion: String) {
        mutate { state in
            state.replace(objects, resourceVersion: resourceVersion).map(Delivery.change) + [.synced]
        }
    }

    /// Takes the next event of the watch. A bookmark changes nothing but the version.
    package func apply(_ type: WatchEvent.Kind, _ object: Object) {
        mutate { state in
            state.apply(type, object).map { [.change($0)] } ?? []
        }
    }

    /// Notes how far the watch has come without a change.
    package func advance(to resourceVersion: String) {
        state.withLock { $0.content.advance(to: resourceVersion) }
    }

    /// To be taken before a call whose answer goes to `upsert`.
    package func mark() -> Mark {
        state.withLock { Mark(listCount: $0.content.listCount) }
    }

    /// Takes the server's answer to a create, patch or update, so that the next look sees it before the watch tells it.
    ///
    /// It is left out if the store has moved on: the watch has told this version or the object's end already, or there
    /// was a list since `mark`. Without a mark the last case can't be told, and an object that went in it would stay
    /// until the next list. Answers that change nothing are no changes. Returns whether the answer was taken.
    @discardableResult
    package func upsert(_ object: Object, since mark: Mark? = nil) -> Bool {
        mutate { state in
            state.upsert(object, listCount: mark?.listCount).map { [.change($0)] } ?? []
        }
    }

    /// Mutates, then delivers unless another task is at it. Returns whether there was anything to deliver.
    @discardableResult
    private func mutate(_ body: (inout ObjectStoreState<Object>) -> [Delivery]) -> Bool {
        let (isNews, mustDeliver) = state.withLock { state in
            let deliveries = body(&state.content)
            state.undelivered += deliveries
            guard !deliveries.isEmpty, !state.isDelivering else { return (!deliveries.isEmpty, false) }
            state.isDelivering = true
            return (true, true)
        }
        if mustDeliver { deliver() }
        return isNews
    }

    private func deliver() {
        while true {
            let (batch, current) = state.withLock { state in
                let batch = state.undelivered
                state.undelivered = []
                if batch.isEmpty { state.isDelivering = false }
                return (batch, state.observers)
            }
            guard !batch.isEmpty else { return }
            var observers = current
            for delivery in batch {
                switch delivery {
                case .change(let change): observers.forEach { $0.notify(change) }
                case .synced: synced.open()
                case .joined(let listener, let objects, let start):
                    start(objects)
                    observers.append(listener)
                    state.withLock { $0.observers.append(listener) }
                }
            }
            if observers.contains(where: { $0.isOver }) {
                state.withLock { $0.observers.removeAll { $0.isOver } }
            }
        }
    }
}
