package import KubeModel

/// What a provider knows of itself as a node.
package protocol NodeSource: Sendable {
    /// The node as it is known now.
    var report: NodeReport { get }

    /// Whether calls to the cluster make sense now, and what is known of it is the truth.
    var isReachable: Bool { get }

    /// Adds somebody who is told that ``report`` or ``isReachable`` may have changed. To be called before the provider
    /// runs; the closure is called outside any lock, often, and must not block.
    func onNodeChange(_ notify: @escaping @Sendable () -> Void)

    /// What single pods find room for now; nil while that is not known, and for a cluster that is one machine. Costs a
    /// look at all nodes and pods.
    var slots: NodeSlots? { get }

    /// Says which cluster it was so far, by ``NodeReport/clusterID``; nil for any. Another one is not reachable.
    func expect(clusterID: String?)
}

extension NodeSource {
    package var slots: NodeSlots? { nil }

    /// A cluster that can't be mistaken for another expects nothing.
    package func expect(clusterID: String?) {}
}

/// A provider's cluster as one node: what can still be used of it, and whether it can be reached.
package struct NodeReport: Sendable, Equatable {
    /// What the whole of the eligible nodes has.
    package var capacity: ResourceList
    /// What of it can be used by us, our own pods counted as free: Σ allocatable of ready, schedulable nodes minus the
    /// requests of pods that are not ours. The origin's scheduler subtracts ours itself.
    package var allocatable: ResourceList
    /// The cluster's own version ("v1.31.2"); empty until it was reached once.
    package var version: String
    package var operatingSystem: String
    package var architecture: String
    /// The labels of ``sharedLabelKeys`` that all of the eligible nodes have alike; nil while that is not known.
    package var sharedLabels: [String: String]?
    /// The features that all of the eligible nodes declare (KEP-5328), in order; nil while that is not known.
    package var declaredFeatures: [String]?
    package var health: NodeHealth
    /// The least time of the last answers to the smallest request, from its last byte to the answer's first.
    package var roundTrip: Duration?
    /// What tells the cluster from every other: the UID of its namespace kube-system. Nil while it is not known.
    package var clusterID: String?
    /// What to tell people of nodes of the cluster that could be counted here and count for another virtual node.
    package var overlap: String?

    /// Well-known labels (kubernetes `core/v1` well_known_labels.go) that hold for a group of nodes as for one.
    package static let sharedLabelKeys = [
        "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "node.kubernetes.io/instance-type",
    ]

    package init(
        capacity: ResourceList = [:],
        allocatable: ResourceList = [:],
        version: String = "",
        operatingSystem: String = "linux",
        architecture: String = "amd64",
        sharedLabels: [String: String]? = nil,
        declaredFeatures: [String]? = nil,
        health: NodeHealth,
        roundTrip: Duration? = nil,
        clusterID: String? = nil,
        overlap: String? = nil
    ) {
        self.capacity = capacity
        self.allocatable = allocatable
        self.version = version
        self.operatingSystem = operatingSystem
        self.architecture = architecture
        self.sharedLabels = sharedLabels
        self.declaredFeatures = declaredFeatures
        self.health = health
        self.roundTrip = roundTrip
        self.clusterID = clusterID
        self.overlap = overlap
    }
}

/// Whether a provider's cluster can be used.
package enum NodeHealth: Sendable, Equatable {
    case ready
    /// It can be used, and something is wrong with it all the same: throttled, or not to be followed.
    case degraded(reason: String, message: String)
    /// Not heard of yet, which is no news of a cluster that was ready before this process started.
    case unknown(reason: String, message: String)
    /// Not: a CamelCase reason and a sentence for the node's Ready condition.
    case notReady(reason: String, message: String)
}
