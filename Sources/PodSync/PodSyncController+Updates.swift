import KubeClient
import KubeModel
import Observability
import Providers

/// In-place changes of a pod on their way to its instance.
extension PodSyncController {
    /// What happens to the instance is told also while an update is refused; the refusal is told once, and the cluster
    /// is asked again after growing pauses.
    func update(_ pod: Pod, _ instance: PodInstance) async throws -> WorkQueue<UID>.Outcome {
        if let pause = memory.pauseAfterRefusal(of: pod.uid, .update, fingerprint: pod.fingerprint, now: .now) {
            try await mirror(instance, to: pod)
            return .again(after: pause)
        }
        do {
            try await provider.update(pod, instance: instance)
            memory.note(refusedUpdate: nil, of: pod.uid)
            return .done
        } catch let error as ProviderError where error.isMissing {
            // The cluster has refused nothing, and the pod is looked at as soon as what it lacks is there.
            try await tellRefusal(error, of: pod, instance)
            return .retry(error)
        } catch let error as ProviderError where !error.isPassing {
            let (_, pause) = memory.noteRefusal(
                of: pod.uid,
                .update,
                fingerprint: pod.fingerprint,
                now: .now,
                backoff: options.refusal
            )
            try await tellRefusal(error, of: pod, instance)
            return .again(after: pause)
        } catch let error as ProviderError {
            try await mirror(instance, to: pod)
            throw error
        }
    }

    private func tellRefusal(_ error: ProviderError, of pod: Pod, _ instance: PodInstance) async throws {
        let state = UpdateState.refused(reason: error.reason, message: error.message)
        if memory[pod.uid].refusedUpdate != state, !(try isTold(error, on: pod)) {
            events.record(about: pod.reference, type: .warning, reason: error.reason, message: error.message)
            logger.info("An in-place change was refused", pod.logFields.merging(["reason": error.reason]) { $1 })
        }
        memory.note(refusedUpdate: state, of: pod.uid)
        // A part of the change may have reached it.
        try await mirror(provider.instance(for: pod.uid) ?? instance, to: pod)
    }

    /// By an earlier process.
    private func isTold(_ error: ProviderError, on pod: Pod) throws -> Bool {
        let conditions = try pod.json().at("status", "conditions")?.array ?? []
        return conditions.contains { condition in
            condition["type"]?.string == ConditionMerge.updated && condition["reason"]?.string == error.reason
                && condition["message"]?.string == error.message
        }
    }

    /// How far the instance follows the pod, for the pod's status.
    func updateState(of pod: Pod, _ instance: PodInstance) -> UpdateState {
        guard pod.fingerprint != instance.fingerprint else { return .current }
        return memory[pod.uid].refusedUpdate ?? .pending
    }
}
