package import KubeModel

/// A Role or ClusterRole with what each of its rules is for: the one place in which martlet's rights are written down.
///
/// `martlet check` asks for what is in it, `martlet join` makes it, and a test holds `docs/rbac` to it.
package struct AccessRole: Sendable, Hashable {
    /// The name of the role and of its binding.
    package let name: String
    /// Nil for a ClusterRole.
    package var namespace: String?
    /// The name of a role that Kubernetes itself makes, to which only a binding is needed.
    package var given: String?
    package let permissions: [Permission]
    /// What of the documentation gives it.
    package let manifest: String

    /// What to do about a right of it that is missing.
    var remedy: String { "kubectl apply -f docs/rbac/\(manifest) gives it" }

    /// The account that martlet has unless its operator says otherwise: its name and its namespace.
    package static let account = ObjectKey(namespace: "martlet", name: "martlet")

    /// The Role or ClusterRole.
    package var object: JSON {
        [
            "apiVersion": .string(Self.apiVersion), "kind": .string(kind), "metadata": metadata,
            "rules": .array(permissions.map(\.rule)),
        ]
    }

    /// What gives the role to a ServiceAccount.
    package func binding(to account: ObjectKey) -> JSON {
        [
            "apiVersion": .string(Self.apiVersion), "kind": .string("\(kind)Binding"), "metadata": metadata,
            "roleRef": [
                "apiGroup": "rbac.authorization.k8s.io", "kind": .string(kind), "name": .string(given ?? name),
            ],
            "subjects": [
                [
                    "kind": "ServiceAccount", "name": .string(account.name),
                    "namespace": .string(account.namespace),
                ]
            ],
        ]
    }

    private static let apiVersion = "rbac.authorization.k8s.io/v1"

    private var kind: String { namespace == nil ? "ClusterRole" : "Role" }

    private var metadata: JSON {
        var metadata: JSON = ["name": .string(name)]
        metadata["namespace"] = namespace.map(JSON.string)
        return metadata
    }
}
