import KubeModel

/// Merges the conditions of a delegate into those of its pod, by owner. Pure.
///
/// The kubelet's conditions come from the delegate. What the origin's scheduler, its controllers and readiness gates
/// say of the pod stays, and Ready honours the gates.
enum ConditionMerge {
    /// Set by the origin's own scheduler and controllers; the delegate's are about another placement.
    private static let ownedByOrigin: Set<String> = ["PodScheduled", disrupted]

    /// The kubelet's, which must not outlive the delegate that they were about.
    private static let ownedByKubelet: Set<String> = [
        "Initialized", "Ready", "ContainersReady", "PodReadyToStartContainers", "PodHasNetwork",
        "PodResizePending", "PodResizeInProgress", "AllContainersRestarting",
    ]

    /// Says that a pod is ended by its cluster and not by itself: a Job's failure policy may not count that.
    static let disrupted = "DisruptionTarget"

    /// Says in the origin that the remote's scheduler has not found a place.
    static let scheduledInRemote = "martlet.dev/DelegateScheduled"

    /// Says in the origin why there is no delegate.
    static let delegated = "martlet.dev/Delegated"

    /// Says in the origin that the remote refuses an in-place change of the pod.
    static let updated = "martlet.dev/Updated"

    /// The elements of a strategic merge patch of `status.conditions`.
    ///
    /// - Parameters:
    ///   - isPassing: whether the delegate is on its way out and another will follow: not ready, whatever it says.
    ///   - mirrored: the types of the cluster's own that the pod has from its delegate.
    ///   - isEnd: whether the delegate's end is the pod's: then what disrupted the one has disrupted the other.
    ///   - outage: the condition that says that the delegate's node does not answer.
    ///   - generation: the generation of the pod that the delegate's conditions are about, on releases that count them.
    static func changes(
        current: [JSON],
        delegate: [JSON],
        readinessGates: [String],
        mirrored: Set<String> = [],
        isPassing: Bool,
        isEnd: Bool = false,
        update: UpdateState = .current,
        outage: JSON? = nil,
        generation: Int64? = nil
    ) -> [JSON] {
        let present = byType(current)
        var wanted = byType(delegate).filter { !ownedByOrigin.contains($0.key) && !readinessGates.contains($0.key) }
        wanted["Ready"] = ready(wanted["Ready"], present, readinessGates, isPassing)
        wanted[scheduledInRemote] = scheduled(byType(delegate)["PodScheduled"])
        wanted[delegated] = present[delegated].map { delegatedAgain($0) }
        wanted[updated] = refused(update, present[updated])
        wanted[OutageStatement.condition] = outage
        if isEnd { wanted[disrupted] = disruption(byType(delegate), present) }
        var changes = wanted.sorted { $0.key < $1.key }.compactMap { type, condition -> JSON? in
            let condition = about(generation, condition)
            guard let present = present[type], says(present, condition) else { return written(condition) }
            return nil
        }
        let ours = ownedByKubelet.union([scheduledInRemote, updated, OutageStatement.condition])
            .union(mirrored.subtracting(readinessGates))
        changes += ours.sorted().filter { present[$0] != nil && wanted[$0] == nil }.map(removal)
        return changes
    }

    /// The types among a delegate's conditions that nobody but the delegate's cluster knows what to do with: they go from
    /// the pod when they go from the delegate.
    static func clustersOwn(in delegate: [JSON]) -> Set<String> {
        let types = delegate.compactMap { $0["type"]?.string }
        return Set(types).subtracting(ownedByOrigin).subtracting(ownedByKubelet)
    }

    /// The types of a pod's conditions that may have come from a cluster and are not its delegate's any more: neither known
    /// to be the origin's nor our own.
    static func unexplained(on pod: [JSON], delegate: [JSON], readinessGates: [String]) -> Set<String> {
        clustersOwn(in: pod).subtracting(clustersOwn(in: delegate)).subtracting(readinessGates)
            .filter { !$0.hasPrefix("martlet.dev/") }
    }

    /// The delegate has no gates of its own: it is ready when its containers are, and the pod when its gates are too.
    /// A delegate that has not reported yet changes nothing, but a pod is not ready by an earlier delegate's word.
    private static func ready(
        _ delegate: JSON?,
        _ present: [String: JSON],
        _ gates: [String],
        _ isPassing: Bool
    ) -> JSON? {
        guard let delegate, !isPassing else {
            guard present["Ready"]?["status"]?.string == "True" else { return present["Ready"] }
            return notReady("DelegatePending", "The delegate has not reported yet.", nil)
        }
        let closed = gates.filter { present[$0]?["status"]?.string != "True" }
        guard delegate["status"]?.string == "True", !closed.isEmpty else { return delegate }
        let names = closed.map { "\"\($0)\"" }.joined(separator: ", ")
        let message = "the status of pod readiness gate \(names) is not \"True\""
        var result = notReady("ReadinessGatesNotReady", message, present["Ready"])
        result["lastTransitionTime"] = result["lastTransitionTime"] ?? delegate["lastTransitionTime"]
        return result
    }

    private static func notReady(_ reason: String, _ message: String, _ present: JSON?) -> JSON {
        var result: JSON = [
            "type": "Ready", "status": "False", "reason": .string(reason), "message": .string(message),
        ]
        if present?["status"]?.string == "False" { result["lastTransitionTime"] = present?["lastTransitionTime"] }
        return result
    }

    /// Only an unplaced delegate is worth a condition of its own.
    private static func scheduled(_ condition: JSON?) -> JSON? {
        guard let condition, condition["status"]?.string == "False" else { return nil }
        var result = condition
        result["type"] = .string(scheduledInRemote)
        return result
    }

    /// What the origin itself has said of it stays.
    private static func disruption(_ delegate: [String: JSON], _ present: [String: JSON]) -> JSON? {
        guard let condition = delegate[disrupted], condition["status"]?.string == "True",
            present[disrupted]?["status"]?.string != "True"
        else { return nil }
        return condition
    }

    private static func delegatedAgain(_ present: JSON) -> JSON {
        guard present["status"]?.string != "True" else { return present }
        return ["type": .string(delegated), "status": "True", "reason": "DelegateExists", "message": ""]
    }

    private static func refused(_ update: UpdateState, _ present: JSON?) -> JSON? {
        switch update {
        case .current: nil
        case .pending: present
        case .refused(let reason, let message):
            ["type": .string(updated), "status": "False", "reason": .string(reason), "message": .string(message)]
        }
    }

    private static func byType(_ conditions: [JSON]) -> [String: JSON] {
        var result: [String: JSON] = [:]
        for condition in conditions {
            if let type = condition["type"]?.string { result[type] = condition }
        }
        return result
    }

    private static func says(_ present: JSON, _ wanted: JSON) -> Bool {
        ["status", "reason", "message"].allSatisfy { text(present[$0]) == text(wanted[$0]) }
            && (wanted["lastTransitionTime"] == nil || present["lastTransitionTime"] == wanted["lastTransitionTime"])
            && (wanted["observedGeneration"] == nil || present["observedGeneration"] == wanted["observedGeneration"])
    }

    private static func text(_ value: JSON?) -> String { value?.string ?? "" }

    /// The delegate's generations are not the pod's.
    private static func about(_ generation: Int64?, _ condition: JSON) -> JSON {
        var result = condition
        result["observedGeneration"] = generation.map(JSON.int)
        return result
    }

    private static func written(_ condition: JSON) -> JSON {
        var result = condition
        if result["lastProbeTime"]?.isNull == true { result["lastProbeTime"] = nil }
        if result["reason"] == nil { result["reason"] = .null }
        if result["message"] == nil { result["message"] = .null }
        return result
    }

    private static func removal(_ type: String) -> JSON { ["$patch": "delete", "type": .string(type)] }
}
