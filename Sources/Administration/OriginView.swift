package import KubeClient
package import KubeModel
import VirtualNode

/// What stands in the origin about one cluster.
package struct OriginView: Sendable {
    package let originID: String
    /// The Node of the cluster's name, whoever made it.
    package let node: JSON?
    /// The names of further Nodes that stand for parts of the cluster.
    package let otherNodes: [String]
    /// The Secrets that bring the cluster, those that wait for the name included.
    package let secrets: [ClusterSecret]

    package init(originID: String, node: JSON?, otherNodes: [String] = [], secrets: [ClusterSecret]) {
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
        otherNodes = (parts["items"]?.array ?? []).map { ObjectMeta($0).name }.filter { $0 != cluster }.sorted()
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
    }

    /// The UID of the remote that the node stands for; nil where it does not say.
    package var remoteID: String? { node?.at("metadata", "annotations", NodeKeys.remoteID)?.string }
}
