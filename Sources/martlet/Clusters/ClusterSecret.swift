internal import FoundationEssentials
internal import KubeClient
internal import KubeModel

/// A Secret of the origin that brings a cluster: our own, or that which Cluster API makes of each of its clusters.
struct ClusterSecret: KubeObject, Equatable {
    /// Who makes such Secrets, and how they look.
    enum Format: Sendable, CaseIterable {
        case own, clusterAPI

        /// The label whose value is the cluster's name.
        var label: String { self == .own ? "martlet.dev/cluster" : "cluster.x-k8s.io/cluster-name" }
        /// The key of the kubeconfig.
        var key: String { self == .own ? "kubeconfig" : "value" }

        /// Cluster API labels the Secrets of a cluster's authorities alike.
        func isName(_ name: String, of cluster: String) -> Bool {
            self == .own || name == "\(cluster)-kubeconfig"
        }
    }

    static let kind: String? = "Secret"
    /// The annotation with what `clusters[]` has beside the name and the kubeconfig, as YAML.
    static let settingsAnnotation = "martlet.dev/cluster-settings"

    let metadata: ObjectMeta
    /// The name of the cluster; nil for a Secret that is none of a cluster's.
    let cluster: String?
    /// The text of the kubeconfig; nil where there is none that is text.
    let kubeconfig: Secret<String>?
    let settings: String
    /// Tells one content from another.
    let version: String

    init(json: JSON) throws {
        let full = ObjectMeta(json)
        metadata = full
        settings = full.annotations[Self.settingsAnnotation] ?? ""
        version = "\(full.uid)/\(full.resourceVersion)"
        let found = Format.allCases.lazy.compactMap { format in full.labels[format.label].map { (format, $0) } }
            .first { $0.0.isName(full.name, of: $0.1) }
        cluster = found?.1
        let data = found.flatMap { json.at("data", $0.0.key)?.string }.flatMap { Data(base64Encoded: $0) }
        kubeconfig = data.flatMap { String(validating: $0, as: UTF8.self) }.map { Secret($0) }
    }

    /// For people.
    var place: String { "Secret \(metadata.key)" }

    static func == (left: ClusterSecret, right: ClusterSecret) -> Bool { left.version == right.version }
}
