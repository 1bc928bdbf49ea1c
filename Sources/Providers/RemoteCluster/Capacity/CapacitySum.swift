import KubeModel

/// What a remote's nodes can still take from us, as one node. Pure.
enum CapacitySum {
    /// Sums over the nodes that can take a delegate.
    ///
    /// - Parameters:
    ///   - nodes: all of the cluster's.
    ///   - demand: what every delegate asks of its node.
    ///   - foreign: pods that are not ours and hold resources of a node.
    ///   - settings: what is kept back, and what the nodes may grow to.
    /// - Returns: their capacity, and their allocatable minus what foreign pods asked for; never below zero.
    static func total(
        nodes: [RemoteNode],
        for demand: NodeDemand = NodeDemand(),
        foreign: [ForeignPod],
        settings: CapacitySettings = CapacitySettings()
    ) -> (capacity: ResourceList, allocatable: ResourceList) {
        var capacity: ResourceList = [:]
        for node in nodes where demand.admits(node) { capacity.add(node.capacity) }
        let growth = settings.canGrowTo.filter { $0.value > capacity[$0.key] ?? .zero }
        let room = growth.merging(capacity.filter { growth[$0.key] != nil }) { $0 - $1 }
        let free = free(nodes: nodes, for: demand, pods: foreign).values
        let allocatable = free.reduce(into: room) { $0.add($1) }
        return (capacity.maximum(growth), allocatable.subtracting(settings.reserve))
    }

    /// What is left of each node that can take a delegate.
    ///
    /// - Parameter pods: those that hold resources of a node.
    static func free(
        nodes: [RemoteNode],
        for demand: NodeDemand,
        pods: some Sequence<ForeignPod>
    ) -> [String: ResourceList] {
        var free: [String: ResourceList] = [:]
        for node in nodes where demand.admits(node) { free[node.metadata.name] = node.allocatable }
        for pod in pods { free[pod.nodeName]?.subtract(pod.requests) }
        return free
    }
}
