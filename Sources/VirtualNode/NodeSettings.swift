package import KubeModel

/// What the configuration says of one virtual node.
package struct NodeSettings: Sendable, Equatable {
    /// The name of the Node: a DNS label.
    package var name: String
    /// The name of the cluster whose nodes it stands for: the same, unless it shares the cluster with others.
    package var cluster: String
    /// Value of `topology.kubernetes.io/region`; that which the cluster's nodes share when nil.
    package var region: String?
    /// Value of `topology.kubernetes.io/zone`; that which the cluster's nodes share when nil.
    package var zone: String?
    /// The zone where there is neither that nor one that the cluster's nodes share; none when nil.
    package var fallbackZone: String?
    package var labels: [String: String]
    package var annotations: [String: String]
    package var taints: [Taint]
    /// The most that the node ever shows of a resource, whatever the cluster has.
    package var limits: ResourceList
    /// What becomes of the pods while the cluster is lost.
    package var onLost: LossPolicy
    /// Whether nobody looks at the cluster, so that its pods stay where they are until it is joined again.
    package var isDetached: Bool
    /// The IP address at which the origin reaches the node's kubelet endpoint; nil when there is none.
    package var address: String?
    /// The port of the node's kubelet endpoint.
    package var kubeletPort: Int

    package init(
        name: String,
        cluster: String? = nil,
        region: String? = nil,
        zone: String? = nil,
        fallbackZone: String? = nil,
        labels: [String: String] = [:],
        annotations: [String: String] = [:],
        taints: [Taint] = [],
        limits: ResourceList = [:],
        onLost: LossPolicy = .evict,
        isDetached: Bool = false,
        address: String? = nil,
        kubeletPort: Int = 10250
    ) {
        self.name = name
        self.cluster = cluster ?? name
        self.region = region
        self.zone = zone
        self.fallbackZone = fallbackZone
        self.labels = labels
        self.annotations = annotations
        self.taints = taints
        self.limits = limits
        self.onLost = onLost
        self.isDetached = isDetached
        self.address = address
        self.kubeletPort = kubeletPort
    }
}

/// What becomes of a cluster's pods while it is lost.
package enum LossPolicy: String, Sendable, Equatable, CaseIterable {
    /// The node is not Ready; the origin's taints and the pods' tolerationSeconds do the rest.
    case evict
    /// The node stays Ready, says that its cluster is lost, and takes no new pods; nothing moves.
    case hold
}
