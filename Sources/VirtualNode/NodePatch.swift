package import KubeModel

/// The two patches that a node may need. Each is nil when what it would change is already as it shall be.
package struct NodePatch: Sendable, Equatable {
    /// JSON merge patch of the object: metadata and spec.
    package let object: JSON?
    /// Strategic merge patch of the status subresource, which merges conditions and addresses by their type.
    package let status: JSON?
    /// Whether Ready turns, which must be told at once and is worth an event.
    package let changesReadiness: Bool
    /// Passing conditions that come up, each worth an event.
    package let warnings: [StatedCondition]

    /// Whether it must not wait for others: it tells more than new amounts.
    package var isUrgent: Bool {
        let status = status?["status"]?.object?.keys ?? []
        return object != nil || status.contains { $0 != "capacity" && $0 != "allocatable" }
    }

    /// Nothing to send.
    package var isEmpty: Bool { object == nil && status == nil }
}

extension NodePatch {
    /// The patch of metadata and spec; nil when there is nothing to change.
    static func object(desired: NodeDescription, observed: JSON) -> JSON? {
        let metadata = observed["metadata"] ?? .null
        let labels = changes(
            from: metadata["labels"],
            to: desired.labels,
            remembered: remembered(NodeKeys.managedLabels, in: observed)
        )
        let annotations = changes(
            from: metadata["annotations"],
            to: desired.markedAnnotations,
            remembered: remembered(NodeKeys.managedAnnotations, in: observed)
        )
        let taints = taints(desired: desired, observed: observed)
        let providerID = observed.at("spec", "providerID")?.string ?? ""
        var spec = JSONObject()
        if let taints { spec["taints"] = .array(taints) }
        if providerID.isEmpty { spec["providerID"] = .string(desired.providerID) }
        guard !labels.isEmpty || !annotations.isEmpty || !spec.isEmpty else { return nil }

        var identity = JSONObject()
        identity["uid"] = metadata["uid"]
        // A merge patch replaces the whole list of taints: only the version it was derived from may be patched.
        if taints != nil { identity["resourceVersion"] = metadata["resourceVersion"] }
        if !labels.isEmpty { identity["labels"] = .object(labels) }
        if !annotations.isEmpty { identity["annotations"] = .object(annotations) }
        var patch: JSON = ["metadata": .object(identity)]
        if !spec.isEmpty { patch["spec"] = .object(spec) }
        return patch
    }

    /// The whole new list of taints, others' first; nil when ours are there as they shall be and no more.
    private static func taints(desired: NodeDescription, observed: JSON) -> [JSON]? {
        let current = observed.at("spec", "taints")?.array ?? []
        let ours = remembered(NodeKeys.managedTaints, in: observed).union(desired.taints.map(\.identity))
        let standing = current.map(Taint.init).filter { ours.contains($0.identity) }
        guard Set(standing) != Set(desired.taints) else { return nil }
        return current.filter { !ours.contains(Taint($0).identity) } + desired.taints.map(\.json)
    }

    /// The members of a string map to set, and to remove (null) when they were ours and are no longer wanted.
    static func changes(from observed: JSON?, to desired: [String: String], remembered: Set<String>) -> JSONObject {
        var result = JSONObject()
        for (key, value) in desired.sorted(by: { $0.key < $1.key }) where observed?[key]?.string != value {
            result[key] = .string(value)
        }
        for key in remembered.sorted() where desired[key] == nil && observed?[key] != nil {
            result[key] = .null
        }
        return result
    }

    /// What one of the managed-* annotations of the node says is ours.
    static func remembered(_ annotation: String, in observed: JSON) -> Set<String> {
        let text = observed.at("metadata", "annotations", annotation)?.string ?? ""
        return Set(text.split(separator: ",").map(String.init))
    }
}
