package import KubeModel

/// A kind of object as the API serves it: what paths are made of.
package struct Resource: Sendable, Hashable {
    /// The API group; empty for the core group.
    package let group: String
    package let version: String
    /// The name in paths, lower case ("pods").
    package let plural: String
    /// The name in objects ("Pod").
    package let kind: String
    package let namespaced: Bool

    package init(group: String = "", version: String, plural: String, kind: String, namespaced: Bool = true) {
        self.group = group
        self.version = version
        self.plural = plural
        self.kind = kind
        self.namespaced = namespaced
    }

    /// The `apiVersion` of its objects: `v1`, `apps/v1`.
    package var apiVersion: String {
        group.isEmpty ? version : "\(group)/\(version)"
    }

    /// The path of the group and version, where discovery answers: `/api/v1`, `/apis/apps/v1`.
    package var groupPath: String {
        group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
    }

    /// The path of the collection, of an object in it, or of a part of that object, percent-encoded.
    ///
    /// A namespace is ignored for resources of cluster scope. `subresource` may have several segments
    /// (`proxy/metrics`); each is encoded by itself.
    package func path(namespace: String? = nil, name: String? = nil, subresource: String? = nil) -> String {
        var path = groupPath
        if namespaced, let namespace, !namespace.isEmpty {
            path += "/namespaces/" + PercentEncoding.segment(namespace)
        }
        path += "/" + plural
        if let name {
            path += "/" + PercentEncoding.segment(name)
        }
        for segment in subresource?.split(separator: "/") ?? [] {
            path += "/" + PercentEncoding.segment(String(segment))
        }
        return path
    }

    /// The object with `apiVersion` and `kind`, which servers leave out in the items of a list.
    package func typed(_ object: JSON) -> JSON {
        guard object["kind"] == nil else { return object }
        var typed = object
        typed["apiVersion"] = .string(apiVersion)
        typed["kind"] = .string(kind)
        return typed
    }
}
