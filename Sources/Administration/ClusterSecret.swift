import FoundationEssentials
package import KubeClient
package import KubeModel

/// A Secret of the origin that brings a cluster: our own, or that which Cluster API makes of each of its clusters.
package struct ClusterSecret: KubeObject, Equatable {
    /// Who makes such Secrets, and how they look.
    package enum Format: Sendable, CaseIterable {
        case own, clusterAPI

        /// The label whose value is the cluster's name.
        package var label: String { self == .own ? "martlet.dev/cluster" : "cluster.x-k8s.io/cluster-name" }
        /// The key of the kubeconfig.
        package var key: String { self == .own ? "kubeconfig" : "value" }

        /// Cluster API labels the Secrets of a cluster's authorities alike.
        func isName(_ name: String, of cluster: String) -> Bool {
            self == .own || name == "\(cluster)-kubeconfig"
        }
    }

    /// How far a cluster has gone that `martlet leave` takes away.
    package enum Departure: String, Sendable {
        /// Its delegates run on and its pods stay; nobody looks at it until it is joined again.
        case detached
        /// It is no longer served, and what is left of it is being taken away.
        case left
        /// Nothing is left in the remote but the account.
        case cleaned

        /// Whether the cluster goes for good.
        package var isFinal: Bool { self != .detached }
    }

    package static let kind: String? = "Secret"
    /// The annotation with what `clusters[]` has beside the name and the kubeconfig, as YAML.
    package static let settingsAnnotation = "martlet.dev/cluster-settings"
    /// The annotation that says that the cluster goes, or is gone.
    package static let departureAnnotation = "martlet.dev/departure"
    /// The annotation with the names of the nodes of a cluster that goes, separated by commas.
    package static let departingNodesAnnotation = "martlet.dev/departing-nodes"

    package let metadata: ObjectMeta
    /// The name of the cluster; nil for a Secret that is none of a cluster's.
    package let cluster: String?
    /// Nil for a Secret that is none of a cluster's.
    package let format: Format?
    /// The text of the kubeconfig; nil where there is none that is text.
    package let kubeconfig: Secret<String>?
    package let settings: String
    /// Nil while it is wanted.
    package let departure: Departure?
    /// What the nodes of a cluster were called that goes for good, also where they are gone already.
    package let departingNodes: [String]
    /// Tells one content from another.
    package let version: String

    package init(json: JSON) throws {
        let full = ObjectMeta(json)
        metadata = full
        settings = full.annotations[Self.settingsAnnotation] ?? ""
        let departure = full.annotations[Self.departureAnnotation].flatMap(Departure.init(rawValue:))
        self.departure = departure
        let names = full.annotations[Self.departingNodesAnnotation]?.split(separator: ",").map(String.init) ?? []
        // Where nothing goes they are left over from a departure that somebody called off.
        departingNodes = departure?.isFinal == true ? names : []
        version = "\(full.uid)/\(full.resourceVersion)"
        let found = Format.allCases.lazy.compactMap { format in full.labels[format.label].map { (format, $0) } }
            .first { $0.0.isName(full.name, of: $0.1) }
        cluster = found?.1
        format = found?.0
        let data = found.flatMap { json.at("data", $0.0.key)?.string }.flatMap { Data(base64Encoded: $0) }
        kubeconfig = data.flatMap { String(validating: $0, as: UTF8.self) }.map { Secret($0) }
    }

    /// How the cluster is reached, by what the Secret holds: no other file, and no program, is looked at.
    ///
    /// - Throws: ``KubeConfigError``.
    package func access() throws(KubeConfigError) -> ClusterAccess {
        guard let kubeconfig else { throw KubeConfigError(.unreadable, file: place, message: "there is no kubeconfig") }
        return try KubeConfig.parse(yaml: kubeconfig.value, file: place, isSelfContained: true, environment: [:])
    }

    /// For people.
    package var place: String { "Secret \(metadata.key)" }

    package static func == (left: ClusterSecret, right: ClusterSecret) -> Bool { left.version == right.version }
}
