package import KubeClient
package import KubeModel
import VirtualNode

/// What stands in the origin about one cluster.
package struct OriginView: Sendable {
    package let originID: String
    /// The Node of the cluster's name, whoever made it.
    package let node: JSON?
    /// Further Nodes that stand for parts of the cluster, by name; also others that have the name of one that was deleted
    /// as the cluster began to leave.
    package let otherNodes: [JSON]
    /// The Secrets that bring the cluster, those that wait for the name included.
    package let secrets: [ClusterSecret]

    package init(originID: String, node: JSON?, otherNodes: [JSON] = [], secrets: [ClusterSecret]) {
        self.originID = originID
        self.node = node
        self.otherNodes = otherNodes
        self.secrets = secrets
    }

    /// Reads it.
    ///
    /// - Parameter namespace: where Secrets bring clusters.
    /// - Throws: `APIError`, `CancellationError`, `ObjectError`.
    package init(of cluster: String, namespace: String, by client: APIClient) async throws {
        originID = try await client.clusterID()
        node = try await client.find(.nodes, name: cluster)
        let parts = try await client.list(.nodes, labelSelector: "\(NodeKeys.cluster)=\(cluster)")
        var others = (parts["items"]?.array ?? []).filter { ObjectMeta($0).name != cluster && Self.isVirtual($0) }
        var found: [ClusterSecret] = []
        for format in ClusterSecret.Format.allCases {
            let list = try await client.list(
                .secrets,
                namespace: namespace,
                labelSelector: "\(format.label)=\(cluster)"
            )
            let secrets = try (list["items"]?.array ?? []).map { try ClusterSecret(json: $0) }
            found += secrets.filter { $0.format == format && $0.cluster == cluster }
        }
        secrets = found
        let known = Set([cluster] + others.map { ObjectMeta($0).name })
        for name in Set(found.flatMap(\.departingNodes)).subtracting(known) {
            if let node = try await client.find(.nodes, name: name) { others.append(node) }
        }
        otherNodes = others.sorted { ObjectMeta($0).name < ObjectMeta($1).name }
    }

    /// Whether martlet made the Node: anybody may label a machine's.
    private static func isVirtual(_ node: JSON) -> Bool {
        node.at("spec", "providerID")?.string == NodeKeys.providerID(of: ObjectMeta(node).name)
    }

    /// All Nodes that stand for the cluster or for parts of it.
    package var nodes: [JSON] { [node].compactMap(\.self) + otherNodes }

    /// The UID of the remote that the nodes stand for; nil where none says.
    package var remoteID: String? {
        nodes.lazy.compactMap { $0.at("metadata", "annotations", NodeKeys.remoteID)?.string }.first
    }
}
