import KubeClient
import KubeModel
import Observability
import Providers

/// Instances whose pod the origin does not have.
extension PodSyncController {
    /// An instance whose pod is not in the cache: its end needs a live answer of the origin, and, where many pods are
    /// gone without a word, a person's.
    func endOrphan(_ instance: PodInstance) async throws {
        let grace = memory[instance.podUID].finalGrace
        if instance.isTerminating {
            // A force deletion after a graceful one travels too.
            guard let grace, let given = instance.deletionGracePeriodSeconds, grace < given else { return }
        }
        guard mayEnd(instance) else { return }
        do {
            let object = try await origin.get(.pods, namespace: instance.podKey.namespace, name: instance.podKey.name)
            let live = try Pod(json: object)
            guard live.uid != instance.podUID || live.nodeName != nodeName else { return }
        } catch let error as APIError where error.code == .notFound {
            // Verifiably gone.
        }
        logger.info("Pod is gone; ending its instance", ["pod": instance.podKey.description])
        try await end(instance, gracePeriodSeconds: grace)
    }

    private func mayEnd(_ instance: PodInstance) -> Bool {
        let uid = instance.podUID
        // What has ended already is nobody's work.
        if instance.isTerminal || instance.isTerminating || memory[uid].isExplained { return true }
        guard !brake.isHeld(uid) else { return false }
        return judgeOrphans()
    }

    /// Judges all orphans at once. Returns whether they may go; then they are not judged again.
    @discardableResult
    func judgeOrphans() -> Bool {
        let running = provider.instances.filter { !$0.isTerminal && !$0.isTerminating }
        let orphans = running.map(\.podUID).filter { pods.get(uid: $0) == nil && !memory[$0].isExplained }
        guard brake.allows(Set(orphans), delegates: running.count) else {
            logger.warning("Too many instances without a pod; none is ended", ["orphans": "\(orphans.count)"])
            return false
        }
        for uid in orphans { memory.explain(uid) }
        return true
    }

    /// Looks at what is held again: it was confirmed, or has changed. What the instances that live on need is kept with
    /// them.
    func brakeChanged() {
        provider.holdRemovals(brake.isHolding)
        for instance in provider.instances where pods.get(uid: instance.podUID) == nil { queue.add(instance.podUID) }
    }
}
