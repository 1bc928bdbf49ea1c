import KubeClient
import KubeModel
import Synchronization

/// The delegates of one virtual node as its remote has them, found by the UID of their pod.
///
/// The store below it follows the remote; this is its index, and the memory of delegates that went, so that what they
/// said last (an exit code, a phase) is not lost when the end is seen before it was reported.
final class DelegateCache: Sendable {
    fileprivate struct State {
        var instances: [UID: PodInstance] = [:]
        var departed: [UID: Departure] = [:]
        var notify: (@Sendable (UID) -> Void)?
    }

    fileprivate struct Departure {
        let instance: PodInstance
        let isProved: Bool
    }

    private let state = Mutex(State())
    /// Open once what was in the store before is indexed.
    private let caughtUp = Latch()
    /// Follows the remote, perhaps for other virtual nodes too.
    let store: ObjectStore<Delegate>
    private let nodeName: String?

    /// - Parameter nodeName: the virtual node; nil where the store has its delegates only.
    init(store: ObjectStore<Delegate> = ObjectStore(), nodeName: String? = nil) {
        self.store = store
        self.nodeName = nodeName
        store.follow(for: self) { [weak self] delegates in
            for delegate in delegates { self?.apply(StoreChange(old: nil, new: delegate, source: .list)) }
            self?.caughtUp.open()
        } onChange: { [weak self] change in
            self?.apply(change)
        }
    }

    func onChange(_ notify: @escaping @Sendable (UID) -> Void) {
        state.withLock { $0.notify = notify }
    }

    /// Has the pod looked at again, for a reason that does not show in the cache.
    func wake(_ podUID: UID) {
        let notify = state.withLock { $0.notify }
        notify?(podUID)
    }

    func waitUntilSynced() async throws {
        try await store.waitUntilSynced()
        try await caughtUp.wait()
    }

    func instance(for podUID: UID) -> PodInstance? { state.withLock { $0.instances[podUID] } }

    func departed(_ podUID: UID) -> PodInstance? { state.withLock { $0.departed[podUID]?.instance } }

    /// The watch has told the end of a delegate that had no grace left.
    ///
    /// A pod's deletion becomes one without grace when its kubelet has seen its containers end (or when somebody takes that
    /// upon himself); the event comes from the API server that removed it. A watch with a selector also tells as
    /// deleted what no longer fits the selector, and a list only lacks what is gone: those prove nothing.
    func isProvedGone(_ podUID: UID) -> Bool { state.withLock { $0.departed[podUID]?.isProved ?? false } }

    /// A delegate is about to be made: whatever becomes of the call, what was proved before it is not proved any more.
    func doubt(_ podUID: UID) {
        state.withLock { state in
            guard let departure = state.departed[podUID] else { return }
            state.departed[podUID] = Departure(instance: departure.instance, isProved: false)
        }
    }

    func forget(_ podUID: UID) { state.withLock { $0.departed[podUID] = nil } }

    var instances: [PodInstance] { state.withLock { Array($0.instances.values) } }

    /// The pods that run on a node of the remote.
    func podUIDs(onNode name: String) -> [UID] {
        state.withLock { state in state.instances.values.filter { $0.nodeName == name }.map(\.podUID) }
    }

    /// A pod that carries the marks of a delegate and stands elsewhere is not ours and says nothing of the pod.
    private func atItsPlace(_ delegate: Delegate?) -> PodInstance? {
        guard let delegate, delegate.isAtItsPlace, nodeName == nil || delegate.virtualNode == nodeName else {
            return nil
        }
        return delegate.instance
    }

    private func apply(_ change: StoreChange<Delegate>) {
        let (old, new) = (atItsPlace(change.old), atItsPlace(change.new))
        let notify = state.withLock { state in
            state.apply(old: old, new: new, source: change.source)
            return state.notify
        }
        guard let notify else { return }
        let uids = Set([old?.podUID, new?.podUID].compactMap { $0 })
        for uid in uids { notify(uid) }
    }
}

extension DelegateCache.State {
    fileprivate mutating func apply(old: PodInstance?, new: PodInstance?, source: StoreChange<Delegate>.Source) {
        if let old, old.instanceUID != new?.instanceUID, instances[old.podUID]?.instanceUID == old.instanceUID {
            instances[old.podUID] = nil
            let isProved = source == .watch && old.deletionGracePeriodSeconds == 0
            let last = old.departed(isFollowedToEnd: source == .watch)
            departed[old.podUID] = DelegateCache.Departure(instance: last, isProved: isProved)
        }
        if let new {
            instances[new.podUID] = new
            departed[new.podUID] = nil
        }
    }
}
