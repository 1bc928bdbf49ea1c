import KubeClient
package import KubeModel
import Providers

/// The account that `martlet join` makes in a remote for one origin and one virtual node: what it is called, and the
/// objects that it is made of. Pure.
///
/// All of them but the namespace belong to the ClusterRole, so that the garbage collector of the remote takes them away
/// with it; and whoever has the account may delete that one ClusterRole, and with it himself. That is how `martlet leave`
/// cleans up without an administrator of the remote.
package struct JoinedAccount: Sendable, Hashable {
    /// The label of everything that is made by a join.
    package static let madeByLabel = (name: "martlet.dev/made-by", value: "join")
    package static let namespace = "martlet"

    package let cluster: String
    package let originID: String

    package init(cluster: String, originID: String) {
        self.cluster = cluster
        self.originID = originID
    }

    /// The name of the ClusterRole, its binding, the ServiceAccount and the Secret with its token. Accounts of several
    /// origins stand side by side.
    package var name: String { "martlet-\(cluster)-\(originID.prefix(8))" }

    package var labels: [String: String] {
        [
            Self.madeByLabel.name: Self.madeByLabel.value, DelegateIdentity.originLabel: originID,
            "martlet.dev/cluster": cluster,
        ]
    }

    /// Whether an object is one of this account's.
    package func owns(_ metadata: ObjectMeta) -> Bool {
        labels.allSatisfy { metadata.labels[$0.key] == $0.value }
    }

    private var key: ObjectKey { ObjectKey(namespace: Self.namespace, name: name) }
}

// MARK: - Objects

extension JoinedAccount {
    /// Used as it is where there is one.
    package var namespaceObject: DesiredObject {
        let metadata: JSON = [
            "name": .string(Self.namespace), "labels": JSON([Self.madeByLabel.name: Self.madeByLabel.value]),
        ]
        return DesiredObject(.namespaces, ["metadata": metadata])
    }

    /// - Parameter withKubelets: whether it may ask the remote's kubelets, which is a wide right.
    package func role(withKubelets: Bool) -> DesiredObject {
        let itself = Permission(
            ["delete"],
            ["clusterroles"],
            group: "rbac.authorization.k8s.io",
            names: [name],
            for: "the end of the account itself (martlet leave)"
        )
        let permissions =
            AccessRole.remote.permissions + (withKubelets ? AccessRole.remoteKubelets.permissions : []) + [itself]
        var object = AccessRole(name: name, permissions: permissions, manifest: "").object
        object["metadata"]?["labels"] = JSON(labels)
        return DesiredObject(.clusterRoles, object)
    }

    /// What belongs to the role, in the order in which it is made.
    ///
    /// - Parameter roleUID: that of the ClusterRole; nil where there is none yet.
    package func belongings(roleUID: UID?) -> [DesiredObject] {
        var binding = AccessRole(name: name, permissions: [], manifest: "").binding(to: key)
        binding["metadata"] = metadata(isNamespaced: false, roleUID)
        let account: JSON = ["metadata": metadata(isNamespaced: true, roleUID), "automountServiceAccountToken": false]
        var token: JSON = ["metadata": metadata(isNamespaced: true, roleUID)]
        token["type"] = "kubernetes.io/service-account-token"
        token["metadata"]?["annotations"] = ["kubernetes.io/service-account.name": .string(name)]
        return [
            DesiredObject(.serviceAccounts, account), DesiredObject(.clusterRoleBindings, binding),
            DesiredObject(.secrets, token),
        ]
    }

    private func metadata(isNamespaced: Bool, _ roleUID: UID?) -> JSON {
        var metadata: JSON = ["name": .string(name)]
        if isNamespaced { metadata["namespace"] = .string(Self.namespace) }
        metadata["labels"] = JSON(labels)
        guard let roleUID else { return metadata }
        metadata["ownerReferences"] = [
            [
                "apiVersion": .string(Resource.clusterRoles.apiVersion), "kind": "ClusterRole", "name": .string(name),
                "uid": .string(roleUID),
            ]
        ]
        return metadata
    }
}
