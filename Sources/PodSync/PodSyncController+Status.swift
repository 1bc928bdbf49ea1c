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
    func failLost(_ pod: Pod) async throws {
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
        guard memory.isNews("\(reason): \(message)", for: pod.uid) else { return }
        events.record(about: pod.reference, type: .warning, reason: reason, message: message)
        let condition: JSON = [
            "type": .string(ConditionMerge.delegated), "status": "False", "reason": .string(reason),
            "message": .string(message),
        ]
        try await write(StatusMirror.patch(uid: pod.uid, status: ["conditions": [condition]]), to: pod)
    }

    /// What a provider's error means for a pod: a word to its owner, and when to try again.
    func failed(_ error: ProviderError, pod: Pod?) async -> WorkQueue<UID>.Outcome {
        switch error.code {
        case .throttled(let after): return after.map { .again(after: $0) } ?? .retry(error)
        case .unavailable, .occupied:
            logger.debug("Will try again", ["error": error.description])
            return .retry(error)
        case .rejected, .conflict, .missing, .ignored:
            guard let pod else { return .retry(error) }
            logger.info("Pod can't be delegated", pod.logFields.merging(["error": error.description]) { $1 })
            do {
                try await tell(pod, reason: error.reason, message: error.message)
            } catch {
                logger.debug("Could not tell the pod's owner", ["error": "\(error)"])
            }
            return .retry(error)
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
