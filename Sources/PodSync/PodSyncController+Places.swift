import KubeClient
import KubeModel
import Providers

/// Instances that their cluster finds no node for, where that is not waited for for ever (decision 0016).
extension PodSyncController {
    /// When an instance is looked at again that changed while it was to be withdrawn; the change itself comes earlier.
    private static let secondLook = Duration.seconds(1)

    /// When a pod that is to fail is looked at again while its node has yet to say that there is no room.
    private static let nodeLook = Duration.milliseconds(100)

    /// How long a pod waits to fail until its node says that pods shall rather go elsewhere.
    private static let showTime = Duration.seconds(5)

    /// How a pod stands with its cluster's scheduler. What nobody would replace elsewhere waits: what has no controller, and
    /// pods of DaemonSets. So does what may run only once and may have run, although this instance has not. While the cluster
    /// is out of sight it may find a node for all that is known: that time does not count.
    func placing(of pod: Pod?, _ instance: PodInstance?) -> PodPlacing {
        guard let places, let pod, !pod.isTerminating, !pod.isTerminal else { return .open }
        if places.withdrawal(of: pod.uid, instance: instance?.instanceUID) != nil { return .withdrawn }
        guard provider.node.isReachable, let instance, let kind = pod.controllerKind, kind != "DaemonSet",
            !mayHaveRun(pod), UnschedulableReason.words(of: instance) != nil
        else {
            places.noteSettled(pod.uid, instance: instance?.instanceUID)
            return .open
        }
        return places.placing(
            of: pod.uid,
            instance: instance.instanceUID,
            fingerprint: instance.fingerprint,
            now: .now
        )
    }

    /// Takes away an instance that has found no node for too long, unless it finds one in that moment; then its pod fails,
    /// as a kubelet's admission fails it, for its controller to make another.
    func withdraw(_ instance: PodInstance, of pod: Pod) async throws -> WorkQueue<UID>.Outcome {
        guard let places, let owner = pod.metadata.controller, let words = UnschedulableReason.words(of: instance)
        else { return .done }
        guard try await provider.withdraw(instance) else { return .again(after: Self.secondLook) }
        metrics.deleted()
        let message = "Cluster \(provider.name) had no node for it for \(places.limit.components.seconds) s: \(words)"
        let error = ProviderError(
            .refused,
            reason: UnschedulableReason.reason(of: words),
            // The cluster's words are of any length, and one character may be of many scalars.
            message: String(message.unicodeScalars.prefix(EventRecorder.maximumMessageLength))
        )
        places.note(
            withdrawal: error,
            of: pod.uid,
            instance: instance.instanceUID,
            owner: owner.uid,
            now: .now
        )
        return try await failUnplaced(pod)
    }

    /// Fails a pod whose instance was withdrawn, once it is proved that nothing is left of that: finalizers may hold it. Its
    /// successor comes at once, so that the node says first that there is no room.
    func failUnplaced(_ pod: Pod) async throws -> WorkQueue<UID>.Outcome {
        let instance = provider.instance(for: pod.uid)?.instanceUID
        guard let places, let withdrawal = places.withdrawal(of: pod.uid, instance: instance) else { return .done }
        if !places.shortage.isShown, ContinuousClock.now - withdrawal.time < Self.showTime {
            return .again(after: Self.nodeLook)
        }
        guard try await provider.liveInstance(for: pod.uid, key: pod.key) == nil else {
            return .again(after: options.pendingInterval)
        }
        // An outage or finalizers took longer than the node says so.
        if let owner = pod.metadata.controller?.uid, places.renew(withdrawalOf: pod.uid, owner: owner, now: .now) {
            return .again(after: Self.nodeLook)
        }
        try await fail(pod, withdrawal.error)
        return .done
    }

    /// The pod's instance has a node: where it tried for its siblings, they need not wait longer.
    func notePlaced(_ pod: Pod) {
        guard let places, let owner = pod.metadata.controller?.uid,
            places.notePlaced(owner: owner, pod: pod.uid)
        else { return }
        wakePods(ofOwner: owner)
    }
}
