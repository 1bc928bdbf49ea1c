package import KubeModel
package import Providers

/// Makes the patch that brings an instance's status to its pod. Pure.
///
/// The patch is a strategic merge patch of the pod's status, as a kubelet sends it
/// (k8s.io/kubernetes/pkg/util/pod PatchPodStatus): only what differs, conditions merged by type, and the pod's UID as
/// a precondition. Fields that the code has never heard of are mirrored like all others.
package enum StatusMirror {
    /// Fields of a pod's status that belong to the origin.
    package static let ownedByOrigin: Set<String> = [
        // Merged by owner, below.
        "conditions",
        // Fixed by the API server when the pod is made; newer ones refuse a change.
        "qosClass",
        // The origin's scheduler and its resource claims.
        "nominatedNodeName", "resourceClaimStatuses", "extendedResourceClaimStatus",
        // Counts generations of the delegate, which are not the pod's; the pod's are counted below.
        "observedGeneration",
    ]

    /// The patch; nil where the pod says all that the instance says.
    ///
    /// - Parameters:
    ///   - pod: the pod as the origin has it.
    ///   - instance: the status's owner.
    ///   - status: the instance's status, as its cluster reports it.
    ///   - isEnding: whether the pod itself is to go, so that a terminal phase is its own whatever the reason.
    ///   - mirrored: the types of conditions that the pod has from the instance's cluster.
    ///   - update: how far the instance follows the pod's in-place changes.
    ///   - outage: the condition that says that the instance's node does not answer.
    package static func patch(
        pod: JSON,
        instance: PodInstance,
        status: JSON,
        isEnding: Bool,
        mirrored: Set<String> = [],
        update: UpdateState = .current,
        outage: JSON? = nil
    ) -> JSON? {
        let current = pod["status"] ?? [:]
        let policy = RestartPolicy(rawValue: pod.at("spec", "restartPolicy")?.string ?? "") ?? .always
        let isPassing = instance.isTerminal && !isEnding && !PodPlan.isFinal(instance, policy)
        var wanted = status
        if isPassing { wanted["phase"] = current["phase"] ?? .string(PodPhase.running.rawValue) }
        MirroredContainers.adjust(&wanted, current: current, restartBase: instance.restartBase, policy: policy)
        var changes = fieldChanges(from: current, to: wanted)
        let generation = update == .current && instance.isObserved ? pod.at("metadata", "generation")?.int : nil
        if let generation, current["observedGeneration"]?.int != generation {
            changes["observedGeneration"] = .int(generation)
        }
        let conditions = ConditionMerge.changes(
            current: current["conditions"]?.array ?? [],
            delegate: wanted["conditions"]?.array ?? [],
            readinessGates: readinessGates(of: pod),
            mirrored: mirrored,
            isPassing: isPassing,
            isEnd: instance.isTerminal && !isPassing,
            update: update,
            outage: outage,
            generation: generation
        )
        if !conditions.isEmpty { changes["conditions"] = .array(conditions) }
        return changes.isEmpty ? nil : patch(uid: instance.podUID, status: .object(changes))
    }

    /// A strategic merge patch of a pod's status, bound to the pod's UID.
    package static func patch(uid: UID, status: JSON) -> JSON {
        ["metadata": ["uid": .string(uid)], "status": status]
    }

    /// The types of the conditions that a pod's Ready waits for.
    static func readinessGates(of pod: JSON) -> [String] {
        (pod.at("spec", "readinessGates")?.array ?? []).compactMap { $0["conditionType"]?.string }
    }

    private static func fieldChanges(from current: JSON, to wanted: JSON) -> JSONObject {
        var changes: [(String, JSON)] = []
        for (field, value) in wanted.object ?? [:] where !ownedByOrigin.contains(field) && current[field] != value {
            changes.append((field, replacement(of: current[field], with: value, field: field)))
        }
        for (field, _) in current.object ?? [:] where !ownedByOrigin.contains(field) && wanted[field] == nil {
            changes.append((field, .null))
        }
        return JSONObject(changes)
    }

    /// Lists of addresses are merged by the server, so that a changed one would stand beside the old: replace them.
    private static func replacement(of current: JSON?, with value: JSON, field: String) -> JSON {
        guard field == "podIPs" || field == "hostIPs", current?.array?.isEmpty == false else { return value }
        return .array([["$patch": "replace"]] + (value.array ?? []))
    }
}
