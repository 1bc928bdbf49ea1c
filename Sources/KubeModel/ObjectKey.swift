/// The identity that Kubernetes gives to each object that ever existed; never used again.
package typealias UID = String

/// Where an object stands in its cluster. Another object may take the place later: compare the UID for identity.
package struct ObjectKey: Hashable, Sendable {
    /// Empty for objects of cluster scope.
    package let namespace: String
    package let name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }
}

extension ObjectKey: CustomStringConvertible {
    /// `namespace/name`, or `name` for cluster scope, as client-go's `MetaNamespaceKeyFunc` writes it.
    package var description: String {
        namespace.isEmpty ? name : "\(namespace)/\(name)"
    }

    /// Reads `description` back; nil if there is no name, or more than one slash.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1 where !text.isEmpty: self.init(namespace: "", name: text)
        case 2 where !parts[0].isEmpty && !parts[1].isEmpty: self.init(namespace: parts[0], name: parts[1])
        default: return nil
        }
    }
}

extension ObjectKey: Comparable {
    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}
