/// How far a virtual node has come since the process started, for those who ask whether the process is ready.
package struct NodeProgress: Sendable, Equatable {
    /// What is known of the node's cluster.
    package enum Cluster: Sendable, Equatable {
        /// Nothing yet, since the start. The reason is that of the Ready condition.
        case awaited(reason: String)
        case ready
        /// It can't be used now, or not yet again.
        case unusable(reason: String)
    }

    /// False while the origin has not told the node's pods since the start and is asked for them.
    package let knowsPods: Bool
    package let cluster: Cluster

    package init(knowsPods: Bool, cluster: Cluster) {
        self.knowsPods = knowsPods
        self.cluster = cluster
    }
}

extension VirtualNodeState {
    /// As it is now. Once something was known of the cluster, it is never awaited again: that it comes and goes is the
    /// condition of its node.
    package var progress: NodeProgress {
        NodeProgress(knowsPods: knowsPods, cluster: cluster)
    }

    private var cluster: NodeProgress.Cluster {
        if case .refused = registration { return .unusable(reason: "NodeRefused") }
        let condition = StatedCondition.ready(report: report, sync: sync)
        if condition.isProvisional, !hasVerdict { return .awaited(reason: condition.reason) }
        noteVerdict()
        return condition.isTrue ? .ready : .unusable(reason: condition.reason)
    }
}
