package import KubeClient
package import KubeModel

/// An object that shall be there, with the fields that are ours to say.
package struct DesiredObject: Sendable {
    package let resource: Resource
    /// With `apiVersion` and `kind`. An annotation that is null shall not be there.
    package let object: JSON

    package init(_ resource: Resource, _ object: JSON) {
        self.resource = resource
        var typed: JSON = ["apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind)]
        for (key, value) in object.object ?? [:] { typed[key] = value }
        self.object = typed
    }

    package var metadata: ObjectMeta { ObjectMeta(object) }

    /// As kubectl names it: `clusterrole/martlet-west`.
    package var description: String {
        let key = metadata.key
        return "\(resource.kind.lowercased())/\(key.name)" + (key.namespace.isEmpty ? "" : " in \(key.namespace)")
    }

    /// The merge patch that brings an object to what it shall be, bound to the state that was looked at; nil when there
    /// is nothing to do. Fields that are not ours stay.
    func patch(of observed: JSON) -> JSON? {
        var patch: JSON = [:]
        for (key, value) in object.object ?? [:] where !["apiVersion", "kind", "metadata"].contains(key) {
            if observed[key] != value { patch[key] = value }
        }
        var metadata: JSON = [:]
        for field in ["labels", "annotations"] {
            let changes = changes(of: observed.at("metadata", field), to: object.at("metadata", field))
            if !changes.isEmpty { metadata[field] = .object(changes) }
        }
        if let owners = object.at("metadata", "ownerReferences"), owners != observed.at("metadata", "ownerReferences") {
            metadata["ownerReferences"] = owners
        }
        guard patch.object?.isEmpty == false || metadata.object?.isEmpty == false else { return nil }
        metadata["uid"] = observed.at("metadata", "uid")
        metadata["resourceVersion"] = observed.at("metadata", "resourceVersion")
        patch["metadata"] = metadata
        return patch
    }

    private func changes(of observed: JSON?, to desired: JSON?) -> JSONObject {
        var changes = JSONObject()
        for (key, value) in desired?.object ?? [:] where value != observed?[key] ?? .null { changes[key] = value }
        return changes
    }

    /// The object as it is made where there is none.
    var created: JSON {
        guard let annotations = object.at("metadata", "annotations")?.object else { return object }
        var object = object
        let kept = annotations.filter { !$0.value.isNull }.map { ($0.key, $0.value) }
        object["metadata"]?["annotations"] = .object(JSONObject(kept))
        return object
    }
}

extension DesiredObject {
    /// What became of it.
    package enum Outcome: String, Sendable {
        case created, updated, unchanged
    }

    /// Makes it, or brings the one that stands there to what it shall be.
    ///
    /// - Parameter isOurs: whether the one that stands there may be changed.
    /// - Throws: ``Refusal`` if it may not; `APIError`, `CancellationError`.
    func apply(by client: APIClient, isOurs: (ObjectMeta) -> Bool) async throws -> (object: JSON, outcome: Outcome) {
        let key = metadata.key
        let namespace = resource.namespaced ? key.namespace : nil
        guard let observed = try await client.find(resource, namespace: namespace, name: key.name) else {
            return (try await client.create(resource, namespace: namespace, object: created), .created)
        }
        guard isOurs(ObjectMeta(observed)) else {
            throw Refusal("\(description) is there already and was not made by martlet join; rename or delete it")
        }
        guard let patch = patch(of: observed) else { return (observed, .unchanged) }
        let changed = try await client.patch(resource, namespace: namespace, name: key.name, type: .merge, body: patch)
        return (changed, .updated)
    }

    /// Makes it where there is none; one that stands there is used as it is.
    func ensure(by client: APIClient) async throws -> Outcome {
        let key = metadata.key
        let namespace = resource.namespaced ? key.namespace : nil
        guard try await client.find(resource, namespace: namespace, name: key.name) == nil else { return .unchanged }
        _ = try await client.create(resource, namespace: namespace, object: created)
        return .created
    }
}
