import KubeModel

/// Which nodes of a remote a virtual node stands for. Pure.
///
/// A node that the selectors of several virtual nodes admit would be counted twice: it counts for the first of them in the
/// configuration, and the others tell it.
struct NodeShare: Sendable {
    /// What its own delegates ask of a node.
    let own: NodeDemand
    /// The virtual nodes of the same remote that come before.
    private let others: [(nodeName: String, demand: NodeDemand)]
    /// Whether there are other virtual nodes of the same remote.
    let isShared: Bool

    init(own: NodeDemand = NodeDemand(), others: [(String, NodeDemand)] = [], isShared: Bool = false) {
        self.own = own
        self.others = others
        self.isShared = isShared
    }

    /// Those of a remote's nodes that count for no other virtual node.
    func counted(_ nodes: [RemoteNode]) -> [RemoteNode] {
        others.isEmpty ? nodes : nodes.filter { owner(of: $0) == nil }
    }

    /// What to tell of nodes that are counted elsewhere; nil where there are none.
    func overlap(of nodes: [RemoteNode]) -> String? {
        guard !others.isEmpty else { return nil }
        var taken: [String: [String]] = [:]
        for node in nodes where own.admits(node) {
            if let owner = owner(of: node) { taken[owner, default: []].append(node.metadata.name) }
        }
        guard !taken.isEmpty else { return nil }
        let words = taken.sorted { $0.key < $1.key }.map { owner, names in
            let more = names.count > Self.toldNodes ? " and \(names.count - Self.toldNodes) more" : ""
            return "\(names.sorted().prefix(Self.toldNodes).joined(separator: ", "))\(more) (of \(owner))"
        }
        return "The node selector also fits nodes that count for another virtual node of the cluster: "
            + words.joined(separator: "; ") + ". They do not count here."
    }

    private static let toldNodes = 5

    private func owner(of node: RemoteNode) -> String? { others.first { $0.demand.admits(node) }?.nodeName }
}
