/// What is known of the cluster of a virtual node since the process started, for those who ask whether the process is ready.
package enum NodeProgress: Sendable, Equatable {
    /// Nothing yet. The reason is that of the Ready condition.
    case awaited(reason: String)
    case ready
    /// It can't be used now, or not yet again.
    case unusable(reason: String)
}

extension VirtualNodeState {
    /// As it is now. Once something was known of the cluster, it is never awaited again: that it comes and goes is the
    /// condition of its node.
    package var progress: NodeProgress {
        if case .refused = registration { return .unusable(reason: "NodeRefused") }
        let condition = StatedCondition.ready(report: report, sync: sync)
        if condition.isProvisional, !hasVerdict { return .awaited(reason: condition.reason) }
        return condition.isTrue ? .ready : .unusable(reason: condition.reason)
    }
}
