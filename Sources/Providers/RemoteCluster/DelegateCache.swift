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
        var departed: [UID: PodInstance] = [:]
        var notify: (@Sendable (UID) -> Void)?
    }

    private let state = Mutex(State())
    let store: ObjectStore<Delegate>

    init() {
        store = ObjectStore<Delegate>()
        store.onChange { [weak self] change in self?.apply(change) }
    }

    func onChange(_ notify: @escaping @Sendable (UID) -> Void) {
        state.withLock { $0.notify = notify }
    }

    func waitUntilSynced() async throws { try await store.waitUntilSynced() }

    func instance(for podUID: UID) -> PodInstance? { state.withLock { $0.instances[podUID] } }

    func departed(_ podUID: UID) -> PodInstance? { state.withLock { $0.departed[podUID] } }

    func forget(_ podUID: UID) { state.withLock { $0.departed[podUID] = nil } }

    var instances: [PodInstance] { state.withLock { Array($0.instances.values) } }

    /// A pod that carries the marks of a delegate and stands elsewhere is somebody's copy of one (a backup, `kubectl
    /// debug --copy-to`): it is not ours and says nothing of the pod.
    private static func atItsPlace(_ delegate: Delegate?) -> PodInstance? {
        delegate.flatMap { $0.instance.instanceKey == $0.instance.podKey ? $0.instance : nil }
    }

    private func apply(_ change: StoreChange<Delegate>) {
        let (old, new) = (Self.atItsPlace(change.old), Self.atItsPlace(change.new))
        let notify = state.withLock { state in
            state.apply(old: old, new: new)
            return state.notify
        }
        guard let notify else { return }
        let uids = Set([old?.podUID, new?.podUID].compactMap { $0 })
        for uid in uids { notify(uid) }
    }
}

extension DelegateCache.State {
    fileprivate mutating func apply(old: PodInstance?, new: PodInstance?) {
        if let old, old.instanceUID != new?.instanceUID, instances[old.podUID]?.instanceUID == old.instanceUID {
            instances[old.podUID] = nil
            departed[old.podUID] = old
        }
        if let new {
            instances[new.podUID] = new
            departed[new.podUID] = nil
        }
    }
}
