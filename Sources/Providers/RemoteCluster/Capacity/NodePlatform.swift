/// What a node's binaries are built for.
struct NodePlatform: Hashable, Comparable {
    var operatingSystem = "linux"
    var architecture = "amd64"

    /// That of most nodes that can take a delegate, or, while none can, of most nodes of the cluster; of several that are
    /// equally common the first by name, so that the virtual node's labels do not change from one look to the next.
    static func commonest(of nodes: [RemoteNode], for demand: NodeDemand) -> NodePlatform {
        let candidates = nodes.filter(demand.admits)
        let platforms = (candidates.isEmpty ? nodes : candidates).map {
            NodePlatform(operatingSystem: $0.operatingSystem, architecture: $0.architecture)
        }
        let counts = Dictionary(grouping: platforms) { $0 }.mapValues(\.count)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? NodePlatform()
    }

    static func < (left: NodePlatform, right: NodePlatform) -> Bool {
        (left.operatingSystem, left.architecture) < (right.operatingSystem, right.architecture)
    }
}
