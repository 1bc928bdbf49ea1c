internal import Administration
internal import KubeClient
internal import KubeModel

/// A cluster that something beside the configuration file brings: a Secret of the origin, or a file of a folder.
struct ClusterOffer: Sendable, Equatable {
    /// What brings it.
    enum Place: Sendable, Hashable {
        case secret(ObjectKey, uid: UID)
        /// The path of a kubeconfig.
        case file(String)
    }

    let place: Place
    /// The cluster's name, which may be none that a cluster can have.
    let name: String
    /// What `clusters[]` has beside the name and the kubeconfig, as YAML; empty for nothing.
    var settings = ""
    /// Where those stand, for messages.
    let settingsPlace: String
    /// Why there is no kubeconfig to use; nil where there is.
    var problem: ConfigurationProblem?
    /// Whether nobody looks at the cluster, which then needs no kubeconfig.
    var isDetached = false
}

extension ClusterOffer {
    /// nil for a Secret that is none of a cluster's, or of one that leaves.
    init?(_ secret: ClusterSecret) {
        guard let name = secret.cluster, secret.departure?.isFinal != true else { return nil }
        let isDetached = secret.departure == .detached
        let message = "has no kubeconfig that is text"
        self.init(
            place: .secret(secret.metadata.key, uid: secret.metadata.uid),
            name: name,
            settings: secret.settings,
            settingsPlace: "\(secret.place), \(ClusterSecret.settingsAnnotation)",
            problem: secret.kubeconfig == nil && !isDetached
                ? ConfigurationProblem(file: secret.place, line: nil, field: "data", message: message) : nil,
            isDetached: isDetached
        )
    }
}

extension ClusterOffer.Place: CustomStringConvertible {
    var description: String {
        switch self {
        case .secret(let key, _): "Secret \(key)"
        case .file(let path): path
        }
    }
}
