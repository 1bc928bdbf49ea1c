import KubeClient
import KubeModel
import VirtualNode

/// What a join is to bring about, and whether it may. Pure.
package struct JoinPlan: Sendable {
    package let cluster: String
    /// What `clusters[]` has beside the name and the kubeconfig, as YAML; nil leaves what stands.
    package let settings: String?
    /// What its nodes are to be called; only the cluster's own name where nothing else is known.
    package let nodeNames: [String]
    /// Where Secrets of the origin bring clusters.
    package let namespace: String
    /// Whether martlet may ask the remote's kubelets what pods use.
    package let withKubelets: Bool

    package init(
        cluster: String,
        settings: String?,
        nodeNames: [String]? = nil,
        namespace: String,
        withKubelets: Bool
    ) {
        self.cluster = cluster
        self.settings = settings
        self.nodeNames = nodeNames ?? [cluster]
        self.namespace = namespace
        self.withKubelets = withKubelets
    }

    /// The name of the Secret that brings the cluster.
    package var secretName: String { Self.secretName(of: cluster) }

    static func secretName(of cluster: String) -> String { "cluster-\(cluster)" }

    /// The Secret that brings the cluster.
    ///
    /// - Parameter kubeconfig: nil for people to look at.
    func secret(kubeconfig: Secret<String>?, remoteID: UID) -> DesiredObject {
        var annotations: JSON = [NodeKeys.remoteID: .string(remoteID), ClusterSecret.departureAnnotation: .null]
        annotations[ClusterSecret.settingsAnnotation] = settings.map(JSON.string)
        let metadata: JSON = [
            "name": .string(secretName), "namespace": .string(namespace),
            "labels": JSON([
                ClusterSecret.Format.own.label: cluster,
                JoinedAccount.madeByLabel.name: JoinedAccount.madeByLabel.value,
            ]),
            "annotations": annotations,
        ]
        var object: JSON = ["metadata": metadata, "type": "Opaque"]
        object["data"] = kubeconfig.map { [ClusterSecret.Format.own.key: .string($0.value.base64)] }
        return DesiredObject(.secrets, object)
    }

    /// Why the cluster may not join by that name; nil when it may.
    func refusal(origin: OriginView, remoteID: UID, trust: ClusterAccess.Trust) -> Refusal? {
        switch trust {
        case .ownAuthority, .systemAuthorities: break
        case .unverified:
            return Refusal(
                "the remote's kubeconfig has insecure-skip-tls-verify, so that whoever is on the way could take what it "
                    + "gives; give certificate-authority-data instead"
            )
        case .clear: return Refusal("the remote's address is not an https:// one")
        }
        if remoteID == origin.originID {
            return Refusal("that is the origin itself; a cluster can't be its own remote")
        }
        return nodeRefusal(origin, remoteID) ?? secretRefusal(origin, remoteID)
    }

    private func nodeRefusal(_ origin: OriginView, _ remoteID: UID) -> Refusal? {
        if let node = origin.node, let taken = refusal(of: node) { return taken }
        guard let known = origin.remoteID, known != remoteID else { return nil }
        return Refusal(
            "\(cluster) is the name of another cluster (kube-system has the UID \(known), here it has \(remoteID)); "
                + "choose another name, or have that one leave first: martlet leave \(cluster)"
        )
    }

    /// Why a node of the cluster can't have its name; nil when it can.
    ///
    /// - Parameter node: the Node that has the name.
    func refusal(of node: JSON) -> Refusal? {
        let metadata = ObjectMeta(node)
        if let reason = NodePlan.foreign(node, name: metadata.name, cluster: cluster) { return Refusal(reason) }
        guard let owner = metadata.labels[NodeKeys.cluster], owner != cluster else { return nil }
        return Refusal("\(metadata.name) is a node of the cluster \(owner) already; choose another name")
    }

    private func secretRefusal(_ origin: OriginView, _ remoteID: UID) -> Refusal? {
        for secret in origin.secrets {
            let isOurs =
                secret.metadata.name == secretName
                && secret.metadata.labels[JoinedAccount.madeByLabel.name] == JoinedAccount.madeByLabel.value
            guard isOurs else {
                return Refusal(
                    "\(secret.place) brings a cluster of that name already, and was not made by martlet join"
                )
            }
            if let known = secret.metadata.annotations[NodeKeys.remoteID], known != remoteID {
                return Refusal(
                    "\(secret.place) is that of another cluster (kube-system has the UID \(known), here it has "
                        + "\(remoteID)); choose another name, or have that one leave first: martlet leave \(cluster)"
                )
            }
            if secret.departure?.isFinal == true {
                return Refusal(
                    "\(cluster) is about to leave; have that come to its end first: martlet leave \(cluster)"
                )
            }
        }
        return nil
    }
}
