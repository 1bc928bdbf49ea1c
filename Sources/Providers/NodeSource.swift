package import KubeModel

/// What a provider knows of itself as a node.
package protocol NodeSource: Sendable {
    /// The node as it is known now.
    var report: NodeReport { get }

    /// Whether calls to the cluster make sense now.
    var isReachable: Bool { get }

    /// Sets who is told that ``report`` may have changed. To be called once, before the provider runs; the closure is
    /// called outside any lock and must not block.
    func onNodeChange(_ notify: @escaping @Sendable () -> Void)
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
    package var health: NodeHealth
    /// The time of the last probe's answer.
    package var roundTrip: Duration?

    package init(
        capacity: ResourceList = [:],
        allocatable: ResourceList = [:],
        version: String = "",
        operatingSystem: String = "linux",
        architecture: String = "amd64",
        health: NodeHealth,
        roundTrip: Duration? = nil
    ) {
        self.capacity = capacity
        self.allocatable = allocatable
        self.version = version
        self.operatingSystem = operatingSystem
        self.architecture = architecture
        self.health = health
        self.roundTrip = roundTrip
    }
}

/// Whether a provider's cluster can be used.
package enum NodeHealth: Sendable, Equatable {
    case ready
    /// Not heard of yet, which is no news of a cluster that was ready before this process started.
    case unknown(reason: String, message: String)
    /// Not: a CamelCase reason and a sentence for the node's Ready condition.
    case notReady(reason: String, message: String)
}
