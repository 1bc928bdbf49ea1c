package import KubeModel
package import PodSync
package import Providers
internal import Synchronization

/// What the parts of one virtual node tell one another: how the cluster is, how its pods are, and whether its Node
/// stands in the origin.
package final class VirtualNodeState: Sendable {
    /// Where the Node object stands.
    package enum Registration: Sendable, Equatable {
        /// Not looked at yet.
        case pending
        /// There is a Node with this UID, and it is ours.
        case registered(UID)
        /// There is a Node of that name that is not ours; the text says why.
        case refused(String)
    }

    /// How soon a change is to be looked at.
    package enum Urgency: Sendable {
        case now
        /// One of many changes that may come in a row, such as each pod of a cluster.
        case soon
    }

    private struct State {
        var source: (any NodeSource)?
        var remoteID: String?
        var sync = PodSyncState.starting
        var kubelet = KubeletPresence.unknown
        var registration = Registration.pending
        /// Whether the origin's pods are known; nil while nobody asks for them.
        var knowsPods: Bool?
        var hasVerdict = false
        var seesOrigin = true
        var notifyOfOrigin: (@Sendable (Bool) -> Void)?
        var originReturn: AsyncStream<Void>.Continuation?
        var notify: (@Sendable (Urgency) -> Void)?
        var listeners: [Int: AsyncStream<Registration>.Continuation] = [:]
        var nextListener = 0
    }

    private let state = Mutex(State())

    /// Stops the end of many delegates at once; outlives the restarts of the cluster's work.
    package let brake: OrphanBrake

    /// Whether the cluster has lately found no node for pods; outlives those restarts too.
    package let shortage = PlaceShortage()

    package init(brake: OrphanBrake = OrphanBrake()) {
        self.brake = brake
        brake.onChange { [weak self] in self?.notify(.now) }
        shortage.onChange { [weak self] in self?.notify(.now) }
    }

    /// Takes what people and earlier processes wrote on the node.
    package func note(node: JSON?) {
        let annotations = node?.at("metadata", "annotations")
        brake.confirm(annotations?[NodeKeys.confirmDeletion]?.string)
        let remoteID = annotations?[NodeKeys.remoteID]?.string
        let source = state.withLock { state in
            state.remoteID = remoteID
            return state.source
        }
        source?.expect(clusterID: remoteID)
    }

    /// What the provider knows now; nil before there is one. Made at each call.
    package var report: NodeReport? { state.withLock { $0.source }?.report }
    /// What single pods find room for now; each call looks at all of the cluster's nodes and pods.
    package var slots: NodeSlots? { state.withLock { $0.source }?.slots }
    package var sync: PodSyncState { state.withLock { $0.sync } }
    package var kubelet: KubeletPresence { state.withLock { $0.kubelet } }
    package var registration: Registration { state.withLock { $0.registration } }
    var knowsPods: Bool { state.withLock { $0.knowsPods ?? true } }
    /// Whether something was known of the cluster since the start, good or bad.
    var hasVerdict: Bool { state.withLock { $0.hasVerdict } }

    /// Sets who is told that ``report``, ``sync`` or ``kubelet`` changed. The closure is called outside the lock and must not block.
    package func onChange(_ notify: @escaping @Sendable (Urgency) -> Void) {
        state.withLock { $0.notify = notify }
    }

    /// Sets who is told that the origin may have given up the node (false), and that it can be reached again (true). The
    /// closure is called outside the lock and must not block.
    package func onOriginTurn(_ notify: @escaping @Sendable (Bool) -> Void) {
        let seesOrigin = state.withLock { state in
            state.notifyOfOrigin = notify
            return state.seesOrigin
        }
        if !seesOrigin { notify(false) }
    }

    /// Tells from now on each time that the origin can be reached again after it could not. A stream for each run of its
    /// reader, since one whose reader was cancelled has ended; only the newest is told.
    func originReturns() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.originReturn = continuation }
        return stream
    }

    /// Takes the reports from this source from now on. To be called once per source, before its provider runs.
    package func set(source: any NodeSource) {
        source.onNodeChange { [weak self] in self?.notify(.soon) }
        let remoteID = state.withLock { state in
            state.source = source
            return state.remoteID
        }
        source.expect(clusterID: remoteID)
        notify(.now)
    }

    package func set(sync: PodSyncState) {
        let changed = state.withLock { state in
            defer { state.sync = sync }
            state.hasVerdict = state.hasVerdict || sync != .starting
            return state.sync != sync
        }
        if changed { notify(.now) }
    }

    package func set(kubelet: KubeletPresence) {
        let changed = state.withLock { state in
            defer { state.kubelet = kubelet }
            return state.kubelet != kubelet
        }
        if changed { notify(.now) }
    }

    /// Takes note that something is known of the cluster: its node says so.
    func noteVerdict() {
        state.withLock { $0.hasVerdict = true }
    }

    /// Takes note that the origin is being asked for the pods (false), has told them (true), or is asked no longer
    /// (nil). Pods that were known once count as known.
    package func set(knowsPods: Bool?) {
        state.withLock { state in
            if state.knowsPods != true { state.knowsPods = knowsPods }
        }
    }

    /// Takes note that the node's lease is not renewed (false), or is again (true).
    package func set(seesOrigin: Bool) {
        let (isTurn, notify, originReturn) = state.withLock { state in
            defer { state.seesOrigin = seesOrigin }
            return (state.seesOrigin != seesOrigin, state.notifyOfOrigin, state.originReturn)
        }
        guard isTurn else { return }
        notify?(seesOrigin)
        if seesOrigin { originReturn?.yield() }
    }

    private func notify(_ urgency: Urgency) {
        state.withLock { $0.notify }?(urgency)
    }

    package func set(registration: Registration) {
        let listeners = state.withLock { state -> [AsyncStream<Registration>.Continuation] in
            guard state.registration != registration else { return [] }
            state.registration = registration
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.yield(registration) }
    }
}

// MARK: - Waiting for the registration

extension VirtualNodeState {
    /// The registration as it is now and each change of it; of several that were not read yet only the last is kept.
    package func registrations() -> AsyncStream<Registration> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let id = state.withLock { state in
                defer { state.nextListener += 1 }
                state.listeners[state.nextListener] = continuation
                // Under the lock, so that no newer value comes before it; nobody can be waiting on the stream yet.
                continuation.yield(state.registration)
                return state.nextListener
            }
            continuation.onTermination = { @Sendable [weak self] _ in
                self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
            }
        }
    }

    /// Returns the UID of the Node once it stands and is ours.
    ///
    /// - Throws: `CancellationError`.
    package func waitUntilRegistered() async throws -> UID {
        for await registration in registrations() {
            if case .registered(let uid) = registration { return uid }
        }
        throw CancellationError()
    }

    /// Returns the reason once the name of the Node is taken by one that is not ours.
    ///
    /// - Throws: `CancellationError`.
    package func waitUntilRefused() async throws -> String {
        for await registration in registrations() {
            if case .refused(let reason) = registration { return reason }
        }
        throw CancellationError()
    }
}
