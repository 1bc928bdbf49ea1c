internal import VirtualNode

/// One cluster of the configuration file.
struct ClusterConfiguration: Sendable, Equatable {
    /// The kubeconfig file of the cluster; nil for the usual places.
    var kubeconfig: String?
    /// The context in it; nil for the current one.
    var context: String?
    /// What its virtual node shall look like.
    var node: NodeSettings

    var name: String { node.name }
}
