import KubeModel
import VirtualNode

/// Whether a cluster may leave, and what brought it. Pure.
struct LeavePlan: Sendable {
    let cluster: String
    let view: OriginView

    /// The Secret that brings the cluster; nil if there is none (any more).
    var secret: ClusterSecret? { view.secrets.first }

    /// Whether there is anything of it in the origin.
    var isThere: Bool { secret != nil || view.node != nil }

    /// Why not; nil when it may.
    var refusal: Refusal? {
        if let node = view.node, let reason = NodePlan.foreign(node, name: cluster) { return Refusal(reason) }
        guard view.otherNodes.isEmpty else {
            let names = view.otherNodes.joined(separator: " ")
            return Refusal(
                "\(cluster) has further nodes (\(names)), and only a cluster of one node can leave; drain them "
                    + "(kubectl drain --ignore-daemonsets \(names)), have the Secret's settings name no nodes, delete them, "
                    + "and have it leave then"
            )
        }
        if let other = view.secrets.first(where: { $0.format == .clusterAPI }) {
            return Refusal("\(cluster) was brought by \(other.place) of Cluster API, and goes with that")
        }
        guard view.secrets.count < 2 else {
            let places = view.secrets.map(\.place).joined(separator: ", ")
            return Refusal("several Secrets bring \(cluster): \(places); delete all but the one that is served")
        }
        return nil
    }

    /// Why the cluster can't be taken away with its pods moved; nil when it can.
    var leaveRefusal: Refusal? {
        guard secret?.departure == .detached else { return nil }
        return Refusal(
            "\(cluster) is detached, and nobody can reach what runs there; join it again, then have it leave: "
                + "martlet join \(cluster); or, where it is gone for good: martlet leave \(cluster) --abandon"
        )
    }

    /// Why its pods can't be left where they are; nil when they can.
    var detachRefusal: Refusal? {
        guard let secret else { return Refusal("no Secret brings \(cluster), so that there is nothing to detach") }
        guard secret.metadata.labels[JoinedAccount.madeByLabel.name] == JoinedAccount.madeByLabel.value else {
            return Refusal(
                "\(secret.place) was not made by martlet join, which alone could bring a detached cluster back: it makes new "
                    + "credentials for those that are taken out"
            )
        }
        switch secret.departure {
        case .left, .cleaned: return Refusal("\(cluster) is about to leave; it can't be detached any more")
        case .detached: return nil
        case nil: break
        }
        let ready = view.node.flatMap { NodeCondition("Ready", of: $0) }
        guard ready?.status == "True" else {
            return Refusal(
                "node \(cluster) is not Ready (\(ready?.reason ?? "there is none")), so that the origin moves its pods anyway"
            )
        }
        return nil
    }
}
