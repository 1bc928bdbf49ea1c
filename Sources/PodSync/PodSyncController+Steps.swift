import KubeClient
import KubeModel
import Observability
import Providers

extension PodSyncController {
    /// Takes the next step for a pod.
    func reconcile(_ uid: UID) async -> WorkQueue<UID>.Outcome {
        let round = settlement.round
        let outcome = await look(at: uid)
        settle(uid, round: round, after: outcome)
        return outcome
    }

    private func look(at uid: UID) async -> WorkQueue<UID>.Outcome {
        let pod = pods.get(uid: uid)
        let instance = provider.instance(for: uid)
        if instance != nil { memory.noteInView(uid) }
        if let pod, instance?.nodeName != nil { notePlaced(pod) }
        let placing = placing(of: pod, instance)
        let step = PodPlan.step(
            pod: pod,
            instance: instance,
            departed: provider.departed(uid),
            attempt: memory[uid].attempt,
            isStranded: instance.map(isStranded) ?? false,
            placing: placing
        )
        // What else is done for the change is no status that took so long.
        if step != .mirror { memory.end(.status, of: uid, now: .now) }
        do {
            let outcome = try await take(step, uid: uid, pod: pod, instance: instance)
            if case .waiting(let left) = placing, case .done = outcome { return .again(after: left) }
            return outcome
        } catch is CancellationError {
            return .done
        } catch let error as ProviderError {
            metrics.failed()
            return await failed(error, at: step, uid: uid, pod: pod)
        } catch let error as APIError where error.disposition == .conflict || error.disposition == .gone {
            return .done  // The pod changed or went meanwhile: the watch brings it and it is looked at again.
        } catch {
            metrics.failed()
            memory.noteFailure(of: uid, reason: "OriginCallFailed", message: "\(error)", now: .now)
            logger.warning("Step failed", ["pod.uid": uid, "step": "\(step)", "error": "\(error)"])
            return .retry(error)
        }
    }

    /// Whether an instance is on a node of its cluster that does not answer.
    private func isStranded(_ instance: PodInstance) -> Bool { provider.lostNode(of: instance) != nil }

    private func take(
        _ step: PodStep,
        uid: UID,
        pod: Pod?,
        instance: PodInstance?
    ) async throws -> WorkQueue<UID>.Outcome {
        if step.concernsCluster, !provider.node.isReachable {
            // All pods are looked at again when it is back.
            if let pod { try await tellOutage(of: pod) }
            return .done
        }
        switch (step, pod, instance) {
        case (.forget, _, _):
            memory.forget(uid)
            provider.forget(uid)
            places?.forget(uid)
        case (.create, let pod?, _):
            if let pause = try await pauseBeforeCreation(of: pod) { return .again(after: pause) }
            try await create(pod)
        case (.update, let pod?, let instance?): return try await update(pod, instance)
        case (.mirror, let pod?, let instance?):
            try await mirror(instance, to: pod)
            memory.endFailures(of: uid)
        case (.mirrorDeparted, let pod?, _):
            guard let departed = provider.departed(uid) else { return .done }
            try await mirror(departed, to: pod)
        case (.failLost, let pod?, _): try await failLost(pod)
        case (.evict, let pod?, let instance?): try await evict(pod, instance)
        case (.withdraw, let pod?, let instance?): return try await withdraw(instance, of: pod)
        case (.failUnplaced, let pod?, _): return try await failUnplaced(pod)
        case (.end(let grace), _, let instance?): try await end(instance, gracePeriodSeconds: grace)
        case (.release, let pod?, _): try await release(pod)
        case (.endOrphan, _, let instance?): try await endOrphan(instance)
        default: break
        }
        return .done
    }

    private func create(_ pod: Pod) async throws {
        // Taken before: the provider forgets it once there is another.
        let departed = provider.departed(pod.uid)
        let notices = try await requestInstance(of: pod)
        metrics.created(after: memory.end(.instance, of: pod.uid, now: .now))
        memory.noteCreation(of: pod.uid, now: .now)
        memory.endFailures(of: pod.uid)
        memory.note(told: nil, for: pod.uid)
        memory.forgetEvent(of: pod.uid)
        noteAcceptance(of: pod)
        for notice in notices {
            events.record(about: pod.reference, type: .warning, reason: notice.reason, message: notice.message)
        }
        if let departed { try tellReplacement(of: departed, for: pod) }
        logger.debug("Created instance", pod.logFields)
    }

    private func requestInstance(of pod: Pod) async throws -> [TranslationNotice] {
        do {
            let notices = try await provider.create(pod) { try await markRunOnce(pod) }
            if provider.instance(for: pod.uid) != nil { memory.noteInView(pod.uid) }
            return notices
        } catch let error as ProviderError where !error.mayHaveHappened {
            memory.noteUnmade(pod.uid)
            throw error
        }
    }

    /// A pod that may run only once says that it may run before it may.
    private func markRunOnce(_ pod: Pod) async throws {
        guard RunOnceMark.isNeeded(pod.restartPolicy) else { return }
        if !memory[pod.uid].isMarked {
            try await write(StatusMirror.patch(uid: pod.uid, status: ["conditions": [RunOnceMark.condition]]), to: pod)
        }
        memory.noteMarkedRequest(of: pod.uid)
    }

    func end(_ instance: PodInstance, gracePeriodSeconds: Int64?) async throws {
        try await provider.delete(instance, gracePeriodSeconds: gracePeriodSeconds)
        metrics.deleted()
        // Taken out of the closure: the optimizer of Swift 6.3.1 fails on one over the instance.
        let pod = instance.podKey.description
        logger.debug("Asked for the end of an instance", ["pod": pod])
    }

    /// The pod may go when it is proved that nothing runs for it any more.
    private func release(_ pod: Pod) async throws {
        // Deleted already; finalizers of others hold it.
        guard pod.metadata.deletionGracePeriodSeconds != 0 else { return }
        // Done at the last look; the watch has yet to tell.
        guard memory[pod.uid].released != pod.metadata.resourceVersion else { return }
        if let live = try await unprovedInstance(of: pod) {
            try await end(live, gracePeriodSeconds: pod.metadata.deletionGracePeriodSeconds)
            throw ProviderError(.occupied, reason: "DelegateEnding", message: "The delegate still ends.")
        }
        if try await tellUnseenEnd(of: pod) { return }
        try await deleteFromOrigin(pod)
        memory.noteRelease(of: pod.uid, version: pod.metadata.resourceVersion)
        metrics.released()
        logger.debug("Released pod", pod.logFields)
    }

    /// Whoever holds the pod by a finalizer waits for its end (a Job for a terminal phase): it says so before it goes, as
    /// kubelets since 1.27 and the garbage collector of pods say it. Returns whether the pod has to be looked at again.
    private func tellUnseenEnd(of pod: Pod) async throws -> Bool {
        guard !pod.isTerminal, !pod.metadata.finalizers.isEmpty else { return false }
        let status: JSON = [
            "phase": .string(PodPhase.failed.rawValue),
            "message": .string("The pod was deleted, and nothing of it is left in cluster \(provider.name)."),
        ]
        try await write(StatusMirror.patch(uid: pod.uid, status: status), to: pod)
        return true
    }

    private func unprovedInstance(of pod: Pod) async throws -> PodInstance? {
        guard !provider.isProvedGone(pod.uid) else { return nil }
        return try await provider.liveInstance(for: pod.uid, key: pod.key)
    }

    private func deleteFromOrigin(_ pod: Pod) async throws {
        _ = try await origin.delete(
            .pods,
            namespace: pod.key.namespace,
            name: pod.key.name,
            options: DeleteOptions(gracePeriodSeconds: 0, uid: pod.uid)
        )
    }
}

extension PodStep {
    /// Whether the step asks the cluster for something, or believes what is known of it: not while it can't be reached.
    /// The origin's controllers say then that its pods are not ready, and a delegate last seen ready is no answer.
    fileprivate var concernsCluster: Bool {
        switch self {
        case .create, .update, .end, .release, .endOrphan, .mirror, .mirrorDeparted, .failLost, .evict, .withdraw,
            .failUnplaced:
            true
        case .rest, .forget: false
        }
    }
}

extension Pod {
    var reference: ObjectReference {
        ObjectReference(
            apiVersion: "v1",
            kind: "Pod",
            namespace: key.namespace,
            name: key.name,
            uid: uid,
            resourceVersion: metadata.resourceVersion
        )
    }

    var logFields: [String: String] { ["pod.namespace": key.namespace, "pod.name": key.name] }
}
