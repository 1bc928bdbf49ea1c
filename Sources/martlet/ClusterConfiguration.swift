internal import KubeModel
internal import Providers
internal import VirtualNode

/// One cluster of the configuration file.
struct ClusterConfiguration: Sendable, Equatable {
    /// The kubeconfig file of the cluster; nil for the usual places.
    var kubeconfig: String?
    /// The context in it; nil for the current one.
    var context: String?
    /// The Secret of the origin that holds the kubeconfig; nil where it is a file.
    var secret: ObjectKey?
    /// Whose identity its delegates have.
    var serviceAccounts = ServiceAccountMode.none
    /// What of it is told in the origin beside the status of delegates.
    var feedback = RemoteFeedback()
    /// Its StorageClass for each of the origin's.
    var storageClasses: [String: String] = [:]
    /// What of its size is not found by counting.
    var reserve: ResourceList = [:]
    var canGrowTo: ResourceList = [:]
    /// What its virtual node shall look like; with several, what is common to them.
    var node: NodeSettings
    /// The virtual nodes that stand for parts of it; none where one stands for the whole.
    var nodes: [VirtualNodeConfiguration] = []
    /// What becomes of the pods that run there.
    var pods = TranslationSettings()

    var name: String { node.name }
}

/// Whose ServiceAccounts the delegates of a cluster have.
enum ServiceAccountMode: String, Sendable, CaseIterable {
    case none, origin, remote
}
