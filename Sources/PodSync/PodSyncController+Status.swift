import KubeClient
import KubeModel
import Observability
import Providers

extension PodSyncController {
    /// Brings an instance's status to its pod, if the pod does not say the same already.
    func mirror(_ instance: PodInstance, to pod: Pod) async throws {
        let json = try pod.json()
        let status = try instance.status()
        let patch = StatusMirror.patch(pod: json, instance: instance, status: status, isEnding: pod.isTerminating)
        guard let patch else { return }
        try await write(patch, to: pod)
    }

    /// A pod that may run only once, and whose instance is gone without a word of how it ended.
    ///
    /// Its end is final, so that it needs proof: the cluster is asked past the cache.
    func failLost(_ pod: Pod) async throws {
        guard try await provider.liveInstance(for: pod.uid, key: pod.key) == nil else { return }
        let message =
            "The delegate in cluster \(provider.name) is gone, and by its restart policy the pod runs only once."
        events.record(about: pod.reference, type: .warning, reason: "DelegateLost", message: message)
        let status: JSON = [
            "phase": .string(PodPhase.failed.rawValue), "reason": "DelegateLost", "message": .string(message),
            "conditions": [["type": "Ready", "status": "False", "reason": "DelegateLost"]],
        ]
        try await write(StatusMirror.patch(uid: pod.uid, status: status), to: pod)
    }

    /// Says on the pod, once, why it has no delegate: as an event and as a condition.
    func tell(_ pod: Pod, reason: String, message: String) async throws {
        let news = "\(reason): \(message)"
        guard memory[pod.uid].told != news else { return }
        events.record(about: pod.reference, type: .warning, reason: reason, message: message)
        let condition: JSON = [
            "type": .string(ConditionMerge.delegated), "status": "False", "reason": .string(reason),
            "message": .string(message),
        ]
        try await write(StatusMirror.patch(uid: pod.uid, status: ["conditions": [condition]]), to: pod)
        memory.note(told: news, for: pod.uid)
    }

    /// What a provider's error means for a pod: a word to its owner, and when to try again. What often passes by itself
    /// is told from the third failure in a row on.
    func failed(_ error: ProviderError, uid: UID, pod: Pod?) async -> WorkQueue<UID>.Outcome {
        logger.debug("Step failed", ["pod.uid": uid, "error": error.description])
        if case .throttled(let after?) = error.code { return .again(after: after) }
        if let pod, !error.isPassing || queue.failures(of: uid) >= 2 {
            await tellFailure(error, of: pod)
        }
        return .retry(error)
    }

    private func tellFailure(_ error: ProviderError, of pod: Pod) async {
        // The cluster's own words may quote the pod's spec: they go to the pod's owner, not into the log.
        logger.info("Pod can't be delegated", pod.logFields.merging(["reason": error.reason]) { $1 })
        do {
            try await tell(pod, reason: error.reason, message: error.message)
        } catch {
            logger.debug("Could not tell the pod's owner", ["error": "\(error)"])
        }
    }

    private func write(_ patch: JSON, to pod: Pod) async throws {
        let version = pod.metadata.resourceVersion
        guard !memory.isRepeated(patch.serialized(), version: version, for: pod.uid) else { return }
        let mark = pods.mark()
        do {
            let answer = try await origin.patch(
                .pods,
                namespace: pod.key.namespace,
                name: pod.key.name,
                subresource: "status",
                type: .strategicMerge,
                body: patch
            )
            metrics.wroteStatus()
            try pods.upsert(Pod(json: answer), since: mark)
        } catch {
            memory.dropPatch(for: pod.uid)
            throw error
        }
    }
}
