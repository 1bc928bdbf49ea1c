import KubeClient
import KubeModel
import Observability
import Providers

extension PodSyncController {
    /// Takes the next step for a pod.
    func reconcile(_ uid: UID) async -> WorkQueue<UID>.Outcome {
        let pod = pods.get(uid: uid)
        let instance = provider.instance(for: uid)
        let step = PodPlan.step(pod: pod, instance: instance, departed: provider.departed(uid))
        do {
            return try await take(step, uid: uid, pod: pod, instance: instance)
        } catch is CancellationError {
            return .done
        } catch let error as ProviderError {
            metrics.failed()
            return await failed(error, pod: pod)
        } catch let error as APIError where error.disposition == .conflict || error.disposition == .gone {
            return .done  // The pod changed or went meanwhile: the watch brings it and it is looked at again.
        } catch {
            metrics.failed()
            logger.warning("Step failed", ["pod.uid": uid, "step": "\(step)", "error": "\(error)"])
            return .retry(error)
        }
    }

    private func take(
        _ step: PodStep,
        uid: UID,
        pod: Pod?,
        instance: PodInstance?
    ) async throws -> WorkQueue<UID>.Outcome {
        if needsCluster(step), !provider.node.isReachable {
            return .again(after: options.outageInterval)
        }
        switch (step, pod, instance) {
        case (.forget, _, _):
            memory.forget(uid)
            provider.forget(uid)
        case (.ignore(let ignored), let pod?, _): try await tell(pod, reason: ignored.reason, message: ignored.message)
        case (.create, let pod?, _): try await create(pod)
        case (.update, let pod?, let instance?): try await provider.update(pod, instance: instance)
        case (.mirror, let pod?, let instance?): try await mirror(instance, to: pod)
        case (.mirrorDeparted, let pod?, _):
            guard let departed = provider.departed(uid) else { return .done }
            try await mirror(departed, to: pod)
        case (.failLost, let pod?, _): try await failLost(pod)
        case (.end(let grace), _, let instance?): try await end(instance, gracePeriodSeconds: grace)
        case (.release, let pod?, _): try await release(pod)
        case (.endOrphan, _, let instance?): try await endOrphan(instance)
        default: break
        }
        return .done
    }

    private func needsCluster(_ step: PodStep) -> Bool {
        switch step {
        case .create, .update, .end, .release, .endOrphan: true
        case .rest, .forget, .ignore, .mirror, .mirrorDeparted, .failLost: false
        }
    }

    private func create(_ pod: Pod) async throws {
        let notices = try await provider.create(pod)
        metrics.created()
        _ = memory.isNews(nil, for: pod.uid)
        for notice in notices {
            events.record(about: pod.reference, type: .warning, reason: notice.reason, message: notice.message)
        }
        logger.debug("Created instance", pod.logFields)
    }

    private func end(_ instance: PodInstance, gracePeriodSeconds: Int64?) async throws {
        try await provider.delete(instance, gracePeriodSeconds: gracePeriodSeconds)
        metrics.deleted()
        logger.debug("Asked for the end of an instance", ["pod": instance.podKey.description])
    }

    /// The pod may go when it is proved that nothing runs for it any more.
    private func release(_ pod: Pod) async throws {
        // Deleted already; finalizers of others hold it.
        guard pod.metadata.deletionGracePeriodSeconds != 0 else { return }
        if let live = try await provider.liveInstance(for: pod.uid, key: pod.key) {
            try await end(live, gracePeriodSeconds: pod.metadata.deletionGracePeriodSeconds)
            throw ProviderError(.occupied, reason: "DelegateEnding", message: "The delegate still ends.")
        }
        try await deleteFromOrigin(pod)
        metrics.released()
        logger.debug("Released pod", pod.logFields)
    }

    private func deleteFromOrigin(_ pod: Pod) async throws {
        _ = try await origin.delete(
            .pods,
            namespace: pod.key.namespace,
            name: pod.key.name,
            options: DeleteOptions(gracePeriodSeconds: 0, uid: pod.uid)
        )
    }

    /// An instance whose pod is not in the cache: its end needs a live answer of the origin.
    private func endOrphan(_ instance: PodInstance) async throws {
        guard !instance.isTerminating else { return }
        do {
            let object = try await origin.get(.pods, namespace: instance.podKey.namespace, name: instance.podKey.name)
            let live = try Pod(json: object)
            guard live.uid != instance.podUID || live.nodeName != nodeName else { return }
        } catch let error as APIError where error.code == .notFound {
            // Verifiably gone.
        }
        logger.info("Pod is gone; ending its instance", ["pod": instance.podKey.description])
        try await end(instance, gracePeriodSeconds: memory[instance.podUID].finalGrace)
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
