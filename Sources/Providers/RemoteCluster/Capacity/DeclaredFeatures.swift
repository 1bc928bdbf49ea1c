/// What all nodes of a remote that can take a delegate declare that they can do: the origin's scheduler places a pod that
/// needs a feature only on a node that declares it (KEP-5328, on by default from Kubernetes 1.36). Pure.
enum DeclaredFeatures {
    /// - Returns: in order, as kubelets tell them; nil where there is no such node, which says nothing of those that may
    ///   come.
    static func of(_ nodes: [RemoteNode], for demand: NodeDemand) -> [String]? {
        let candidates = nodes.filter(demand.admits)
        guard let first = candidates.first else { return nil }
        return candidates.dropFirst().reduce(Set(first.declaredFeatures)) { $0.intersection($1.declaredFeatures) }
            .sorted()
    }
}
