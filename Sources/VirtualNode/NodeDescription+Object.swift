package import KubeModel

extension NodeDescription {
    /// The whole Node object, for its creation. A Node is the one object whose status is taken over on creation, so
    /// that it never stands there without conditions.
    package func object(now: String) -> JSON {
        var annotations = markedAnnotations
        if !capacity.isEmpty { annotations[NodeKeys.managedResources] = managedResources }
        var object: JSON = [
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": [
                "name": .string(name),
                "labels": JSON(labels),
                "annotations": JSON(annotations),
            ],
            "spec": ["providerID": .string(providerID)],
        ]
        if !taints.isEmpty { object["spec"]?["taints"] = .array(taints.map(\.json)) }
        object["status"] = status(now: now)
        return object
    }

    /// Our annotations with those that remember what is ours in the metadata and the spec.
    var markedAnnotations: [String: String] {
        var result = annotations
        result[NodeKeys.managedLabels] = Self.joined(passingLabels)
        result[NodeKeys.managedAnnotations] = Self.joined(annotations.keys)
        result[NodeKeys.managedTaints] = Self.joined(taints.map(\.identity))
        return result.merging(findings) { _, finding in finding }
    }

    /// The value of the annotation that remembers which resources are ours.
    var managedResources: String { Self.joined(Set(capacity.keys).union(allocatable.keys)) }

    private func status(now: String) -> JSON {
        var status: JSON = [
            "conditions": .array(conditions.map { $0.json(observed: nil, now: now) }),
            "capacity": capacity.json,
            "allocatable": allocatable.json,
            "addresses": .array(addressEntries),
            "daemonEndpoints": ["kubeletEndpoint": ["Port": .int(Int64(kubeletPort ?? 0))]],
            "nodeInfo": JSON(info),
        ]
        if let declaredFeatures, !declaredFeatures.isEmpty {
            status["declaredFeatures"] = .array(declaredFeatures.map { .string($0) })
        }
        return status
    }

    /// Our addresses in a fixed order.
    var addressEntries: [JSON] {
        Self.addressTypes.compactMap { type in
            addresses[type].map { ["type": .string(type), "address": .string($0)] }
        }
    }

    static func joined(_ keys: some Sequence<String>) -> String { keys.sorted().joined(separator: ",") }
}
