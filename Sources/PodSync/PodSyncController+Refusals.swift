import KubeClient
import KubeModel
import Lifecycle
import Observability
import Providers

/// What becomes of a pod that its cluster does not take.
extension PodSyncController {
    /// What a provider's error means for a pod: a word to its owner, and when to try again. What often passes by itself
    /// is told from the third failure in a row on.
    func failed(_ error: ProviderError, at step: PodStep, uid: UID, pod: Pod?) async -> WorkQueue<UID>.Outcome {
        logger.debug("Step failed", ["pod.uid": uid, "error": error.description])
        memory.noteFailure(of: uid, reason: error.reason, message: error.message, now: .now)
        if case .pending = error.code { return .again(after: options.pendingInterval) }
        guard let pod else { return .retry(error, notBefore: error.leastDelay) }
        switch error.code {
        case .refused where step == .create: return await refused(error, pod)
        case .rejected where step == .create: return await rejected(error, pod)
        case .conflict where step == .create:
            await tellFailure(error, of: pod)
            return .again(after: options.conflictInterval)
        case .ignored:
            await tellFailure(error, of: pod)
            return .done
        default:
            if !error.isPassing || queue.failures(of: uid) >= 2 { await tellFailure(error, of: pod) }
            return .retry(error, notBefore: error.leastDelay)
        }
    }

    /// How long the pod has to wait for its instance: because the last ones did not last, because the cluster refused it
    /// a moment ago, or because it refused its siblings.
    func pauseBeforeCreation(of pod: Pod) async throws -> Duration? {
        if let pause = memory.pauseBeforeCreation(of: pod.uid, now: .now, backoff: options.recreation) { return pause }
        if let pause = memory.pauseAfterRefusal(of: pod.uid, .creation, fingerprint: pod.fingerprint, now: .now) {
            return pause
        }
        guard let owner = pod.metadata.controller else { return nil }
        let siblings = "Other pods of \(owner.kind) \(owner.name)"
        let told: (pause: Duration, message: String)
        if let (wait, words) = owners.pause(owner: owner.uid, pod: pod.uid, now: .now) {
            told = (wait, "\(siblings) were refused; this one waits. \(words)")
        } else if let (wait, words) = places?.pause(owner: owner.uid, pod: pod.uid, now: .now) {
            told = (wait, "\(siblings) found no node; this one waits. \(words)")
        } else {
            return nil
        }
        try await state(pod, reason: "OwnerBackOff", message: told.message)
        return told.pause
    }

    /// The pod has got its instance: its siblings that wait need not wait longer.
    func noteAcceptance(of pod: Pod) {
        memory.endRefusals(of: pod.uid)
        guard let owner = pod.metadata.controller?.uid, owners.noteSuccess(owner: owner) else { return }
        wakePods(ofOwner: owner)
    }

    func wakePods(ofOwner owner: UID) {
        for sibling in pods.objects where sibling.metadata.controller?.uid == owner { queue.add(sibling.uid) }
    }

    /// The cluster's own rules refuse the pod as it is; somebody may change them. A controller may know a better place,
    /// so that it gets to decide after some tries; a pod without one waits.
    private func rejected(_ error: ProviderError, _ pod: Pod) async -> WorkQueue<UID>.Outcome {
        let (count, pause) = memory.noteRefusal(
            of: pod.uid,
            .creation,
            fingerprint: pod.fingerprint,
            now: .now,
            backoff: options.refusal
        )
        guard options.maxRefusals > 0, count >= options.maxRefusals, pod.metadata.controller != nil else {
            await tellFailure(error, of: pod)
            return .again(after: pause)
        }
        let message = "Refused \(count) times by cluster \(provider.name). \(error.message)"
        return await refused(ProviderError(.refused, reason: error.reason, message: message), pod)
    }

    /// The pod can't run here: it fails as a kubelet's admission fails it, unless it may have run already and may not again.
    private func refused(_ error: ProviderError, _ pod: Pod) async -> WorkQueue<UID>.Outcome {
        guard !mayHaveRun(pod) else {
            await tellFailure(error, of: pod)
            return .again(after: options.refusal.cap)
        }
        do {
            // The answer to an earlier creation may have been lost.
            guard try await provider.liveInstance(for: pod.uid, key: pod.key) == nil else { return .done }
            try await fail(pod, error)
        } catch let failure as APIError where failure.disposition == .conflict || failure.disposition == .gone {
            return .done
        } catch {
            return .retry(error)
        }
        if let owner = pod.metadata.controller?.uid {
            owners.noteRefusal(owner: owner, pod: pod.uid, words: error.description, now: .now)
        }
        return .done
    }

    /// Fails a pod that nothing runs for, as a kubelet's admission fails it.
    func fail(_ pod: Pod, _ error: ProviderError) async throws {
        try await write(StatusMirror.patch(uid: pod.uid, status: RefusedStatus.make(error)), to: pod)
        logger.info("Pod refused", pod.logFields.merging(["reason": error.reason]) { $1 })
        metrics.refused()
        events.record(about: pod.reference, type: .warning, reason: error.reason, message: error.message)
    }

    /// A pod that may run again may fail for its controller to replace it; one that nobody replaces would be lost.
    func mayHaveRun(_ pod: Pod) -> Bool {
        guard RunOnceMark.isNeeded(pod.restartPolicy) || pod.metadata.controller == nil else { return false }
        return pod.hasRun || pod.wasTaken || provider.departed(pod.uid)?.hasRun == true
    }
}

/// The status of a pod that was refused for good, as a kubelet's admission leaves it. Pure.
enum RefusedStatus {
    static func make(_ error: ProviderError) -> JSON {
        let reason = JSON.string(error.reason)
        let message = JSON.string("Pod was rejected: \(error.message)")
        let conditions = ["ContainersReady", "Ready", ConditionMerge.delegated].map { type -> JSON in
            [
                "type": .string(type), "status": "False", "message": message,
                "reason": type == ConditionMerge.delegated ? reason : "PodFailed",
            ]
        }
        return [
            "phase": .string(PodPhase.failed.rawValue), "reason": reason, "message": message,
            "conditions": .array(conditions),
        ]
    }
}
