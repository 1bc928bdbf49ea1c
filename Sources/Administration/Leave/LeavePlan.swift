import KubeModel
import VirtualNode

/// Whether a cluster may leave, and what brought it. Pure.
struct LeavePlan: Sendable {
    let cluster: String
    let view: OriginView

    /// The Secret that brings the cluster; nil if there is none (any more).
    var secret: ClusterSecret? { view.secrets.first }

    /// What the cluster's nodes are called, also where they are gone already: the Secret has their names from when the
    /// cluster began to leave.
    var nodeNames: [String] {
        let others = Set(view.otherNodes.map { ObjectMeta($0).name } + (secret?.departingNodes ?? []))
        return [cluster] + others.subtracting([cluster]).sorted()
    }

    /// Whether there is anything of it in the origin.
    var isThere: Bool { secret != nil || !view.nodes.isEmpty }

    /// Why not; nil when it may.
    var refusal: Refusal? {
        for node in view.nodes {
            let metadata = ObjectMeta(node)
            let name = metadata.name
            if let reason = NodePlan.foreign(node, name: name, cluster: cluster) { return Refusal(reason) }
            if let owner = metadata.labels[NodeKeys.cluster], owner != cluster {
                return Refusal(
                    name == cluster
                        ? "\(name) is a node of the cluster \(owner), which leaves as a whole: martlet leave \(owner)"
                        : "\(name), as a node of \(cluster) was called, is one of the cluster \(owner) by now; \(cluster) "
                            + "can leave when that has another name, or none"
                )
            }
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

    /// Why it is not to be given up, by martlet's word, which may reach it where nobody else does; nil when it may. Where it
    /// is no longer served, nobody's word is left.
    var abandonRefusal: Refusal? {
        guard secret?.departure?.isFinal != true else { return nil }
        return view.nodes.lazy.compactMap { reasonToKeep(by: $0) }.first
    }

    /// The reasons of a node whose cluster martlet reaches, or reaches again, before it is used.
    private static let reasonsOfReturn: Set<String> = ["RemoteReturning", "Settling", "Synchronizing"]

    /// Why the cluster is not to be given up by what one of its nodes says; nil when it may.
    private func reasonToKeep(by node: JSON) -> Refusal? {
        // A node of which nobody has heard says nothing of its cluster.
        guard let ready = NodeCondition("Ready", of: node), ready.status != "Unknown" else { return nil }
        let name = ObjectMeta(node).name
        let lost = ready.status == "True" ? NodeCondition(NodeKeys.clusterLost, of: node) : nil
        if ready.status == "True", lost == nil {
            return Refusal(
                "\(cluster) answers martlet: node \(name) is Ready, so that its pods can end there and "
                    + "nothing need be left: martlet leave \(cluster). One that is lost says so within a minute"
            )
        }
        let reason = (lost ?? ready).reason
        guard Self.reasonsOfReturn.contains(reason) else { return nil }
        return Refusal(
            "\(cluster) answers martlet again, and node \(name) is being brought up to date (\(reason)): look once more in "
                + "a minute; when it is Ready, its pods can end there and nothing need be left: martlet leave \(cluster)"
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
        guard !view.nodes.isEmpty else { return Refusal("\(cluster) has no node, so that there is nothing to detach") }
        for node in view.nodes {
            let ready = NodeCondition("Ready", of: node)
            guard ready?.status == "True" else {
                return Refusal(
                    "node \(ObjectMeta(node).name) is not Ready (\(ready?.reason ?? "it does not say")), so that the origin "
                        + "moves its pods anyway"
                )
            }
        }
        return nil
    }
}
