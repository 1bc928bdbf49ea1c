package import KubeModel

/// What the configuration says of a cluster's size.
package struct CapacitySettings: Sendable, Equatable {
    /// Kept from the origin's pods, for those that the cluster starts itself.
    package var reserve: ResourceList
    /// What the whole of the cluster's nodes may grow to, where an autoscaler adds them for pods that wait. Counts as
    /// there, since nobody would send pods to a pool of no nodes.
    package var canGrowTo: ResourceList
    /// What to assume of a cluster that does not let us list its nodes.
    package var assumed: ResourceList

    package init(reserve: ResourceList = [:], canGrowTo: ResourceList = [:], assumed: ResourceList = [:]) {
        self.reserve = reserve
        self.canGrowTo = canGrowTo
        self.assumed = assumed
    }
}
