package import KubeModel

/// What an event is about (`core/v1 ObjectReference`).
package struct ObjectReference: Sendable, Hashable {
    package let apiVersion: String
    package let kind: String
    /// Empty for objects of cluster scope.
    package let namespace: String
    package let name: String
    package let uid: UID
    package let resourceVersion: String

    package init(
        apiVersion: String,
        kind: String,
        namespace: String,
        name: String,
        uid: UID,
        resourceVersion: String = ""
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.resourceVersion = resourceVersion
    }

    package init(_ resource: Resource, _ metadata: ObjectMeta) {
        self.init(
            apiVersion: resource.apiVersion,
            kind: resource.kind,
            namespace: metadata.namespace,
            name: metadata.name,
            uid: metadata.uid,
            resourceVersion: metadata.resourceVersion
        )
    }

    /// Without the members that are empty.
    package var json: JSON {
        var json: JSON = ["apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name)]
        if !namespace.isEmpty { json["namespace"] = .string(namespace) }
        if !uid.isEmpty { json["uid"] = .string(uid) }
        if !resourceVersion.isEmpty { json["resourceVersion"] = .string(resourceVersion) }
        return json
    }
}
