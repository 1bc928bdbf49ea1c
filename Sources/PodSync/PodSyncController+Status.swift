import KubeClient
import KubeModel
import Observability
import Providers

extension PodSyncController {
    /// Brings an instance's status to its pod, if the pod does not say the same already.
    func mirror(_ instance: PodInstance, to pod: Pod) async throws {
        let json = try pod.json()
        let status = try instance.status()
        let mirrored = try await mirroredTypes(on: pod, json, status)
        let patch = StatusMirror.patch(
            pod: json,
            instance: instance,
            status: status,
            isEnding: pod.isTerminating,
            mirrored: mirrored,
            update: updateState(of: pod, instance),
            outage: lostNode(of: instance, pod)?.condition
        )
        if let patch { try await write(patch, to: pod) }
        memory.end(.instance, of: pod.uid, now: .now)
        if let lag = memory.end(.status, of: pod.uid, now: .now), patch != nil { metrics.mirrored(after: lag) }
        memory.note(mirrored: ConditionMerge.clustersOwn(in: status["conditions"]?.array ?? []), of: pod.uid)
        try await bringAnnotations(of: instance, to: pod)
    }

    /// The types of conditions that the pod has from the instance's cluster.
    ///
    /// What an earlier process brought is not remembered. The origin is asked for it, once for each pod that has a condition
    /// of which nobody here knows whose it is.
    private func mirroredTypes(on pod: Pod, _ json: JSON, _ status: JSON) async throws -> Set<String> {
        if let known = memory[pod.uid].mirrored { return known }
        let unexplained = ConditionMerge.unexplained(
            on: json.at("status", "conditions")?.array ?? [],
            delegate: status["conditions"]?.array ?? [],
            readinessGates: StatusMirror.readinessGates(of: json)
        )
        guard !unexplained.isEmpty else { return [] }
        let live = try await origin.get(
            .pods,
            namespace: pod.key.namespace,
            name: pod.key.name,
            withManagers: true
        )
        guard ObjectMeta(live).uid == pod.uid else { return [] }
        let inherited = ConditionOwners.ours(of: unexplained, on: live)
        memory.note(inherited: inherited, of: pod.uid)
        return inherited
    }

    /// Brings what the instance's cluster wrote on it and the pod shall have. A value that the pod has is not written
    /// again, and one that it got from there never travels back.
    private func bringAnnotations(of instance: PodInstance, to pod: Pod) async throws {
        guard !options.annotations.isEmpty else { return }
        let news = instance.ownAnnotations.filter { name, value in
            options.annotations.contains(name) && pod.metadata.annotations[name] != value
        }
        guard !news.isEmpty else { return }
        let mark = pods.mark()
        let answer = try await origin.patch(
            .pods,
            namespace: pod.key.namespace,
            name: pod.key.name,
            type: .strategicMerge,
            body: ["metadata": ["uid": .string(pod.uid), "annotations": JSON(news)]]
        )
        try pods.upsert(Pod(json: answer), since: mark)
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

    /// Says that what ran for the pod was taken away and runs anew, which nobody in the origin has asked for: in the words
    /// of its cluster, where that says why (kubernetes pkg/apis/core, `DisruptionTarget`, since 1.26).
    func tellReplacement(of departed: PodInstance, for pod: Pod) throws {
        let conditions = try departed.status()["conditions"]?.array ?? []
        let disruption = conditions.first {
            $0["type"]?.string == ConditionMerge.disrupted && $0["status"]?.string == "True"
        }
        let words = ["reason", "message"].compactMap { disruption?[$0]?.string }.filter { !$0.isEmpty }
        let cause = words.isEmpty ? "" : " (\(words.joined(separator: ": ")))"
        let message = "The delegate was deleted in cluster \(provider.name)\(cause); another one takes its place."
        events.record(about: pod.reference, type: .warning, reason: "DelegateRecreated", message: message)
    }

    /// Says on the pod, once, why it has no delegate: as an event and as a condition.
    func tell(_ pod: Pod, reason: String, message: String) async throws {
        let news = "\(reason): \(message)"
        guard memory[pod.uid].told != news else { return }
        if memory.isNews(news, for: pod.uid) {
            events.record(about: pod.reference, type: .warning, reason: reason, message: message)
        }
        try await writeCondition(pod, reason: reason, message: message)
        memory.note(told: news, for: pod.uid)
    }

    /// The same without an event, for what is nobody's fault.
    func state(_ pod: Pod, reason: String, message: String) async throws {
        let news = "\(reason): \(message)"
        guard memory[pod.uid].told != news else { return }
        try await writeCondition(pod, reason: reason, message: message)
        memory.note(told: news, for: pod.uid)
    }

    /// "False" takes the ``RunOnceMark`` back; where there may be a delegate all the same, it is "Unknown".
    private func writeCondition(_ pod: Pod, reason: String, message: String) async throws {
        let status = mayHaveBeenMade(pod) ? "Unknown" : "False"
        let condition: JSON = [
            "type": .string(ConditionMerge.delegated), "status": .string(status), "reason": .string(reason),
            "message": .string(message),
        ]
        try await write(StatusMirror.patch(uid: pod.uid, status: ["conditions": [condition]]), to: pod)
        if status == "False" { memory.noteUnmarked(pod.uid) }
    }

    /// Whether a pod that may run only once may have a delegate, or may have had one, whatever the last answer was: only
    /// a mark of our own is ours to take back, and only if nothing was made.
    private func mayHaveBeenMade(_ pod: Pod) -> Bool {
        guard RunOnceMark.isNeeded(pod.restartPolicy) else { return false }
        let record = memory[pod.uid]
        if record.attempt == .doubtful || provider.instance(for: pod.uid) != nil { return true }
        return record.attempt == .settled && RunOnceMark.isSet(on: pod)
    }

    func tellFailure(_ error: ProviderError, of pod: Pod) async {
        // The cluster's own words may quote the pod's spec: they go to the pod's owner, not into the log.
        logger.info("Pod can't be delegated", pod.logFields.merging(["reason": error.reason]) { $1 })
        do {
            try await tell(pod, reason: error.reason, message: error.message)
        } catch {
            logger.debug("Could not tell the pod's owner", ["error": "\(error)"])
        }
    }

    func write(_ patch: JSON, to pod: Pod) async throws {
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
