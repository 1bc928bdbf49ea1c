/// What all nodes of a remote that can take a delegate say alike of where and what they are. Pure.
enum SharedLabels {
    /// - Returns: nil where there is no such node, which says nothing of those that may come.
    static func of(_ nodes: [RemoteNode], for demand: NodeDemand) -> [String: String]? {
        let candidates = nodes.filter(demand.admits)
        guard !candidates.isEmpty else { return nil }
        return NodeReport.sharedLabelKeys.reduce(into: [:]) { result, key in
            guard let value = candidates.first?.labels[key] else { return }
            if candidates.allSatisfy({ $0.labels[key] == value }) { result[key] = value }
        }
    }
}
