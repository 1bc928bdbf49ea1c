package import KubeModel

/// The next step that brings a Node object to what it shall be. Pure: the whole of what is decided about a node.
package enum NodePlan: Sendable, Equatable {
    /// There is no node of that name: make this one.
    case create(JSON)
    /// The node is ours: send what is in it, if anything.
    case patch(NodePatch)
    /// There is a node of that name that stands for something else; it must be left alone. The text says why.
    case refuse(String)

    /// - Parameters:
    ///   - observed: The Node object as last read; nil when there is none.
    ///   - now: The time to write into conditions, RFC 3339.
    ///   - heartbeatDue: Whether conditions are to be written although they have not changed.
    ///   - dropped: The declared features that the origin was told and has not kept.
    package init(
        desired: NodeDescription,
        observed: JSON?,
        now: String,
        heartbeatDue: Bool,
        dropped: [String]? = nil
    ) {
        guard let observed else {
            self = .create(desired.object(now: now))
            return
        }
        if let reason = Self.foreign(observed, name: desired.name, cluster: desired.cluster) {
            self = .refuse(reason)
            return
        }
        self = .patch(
            NodePatch(
                object: NodePatch.object(desired: desired, observed: observed),
                status: NodePatch.status(
                    desired: desired,
                    observed: observed,
                    now: now,
                    heartbeatDue: heartbeatDue,
                    dropped: dropped
                ),
                changesReadiness: Self.changesReadiness(desired: desired, observed: observed),
                warnings: Self.warnings(desired: desired, observed: observed)
            )
        )
    }

    /// Why a node of that name is not its cluster's; nil when it is. The providerID decides, since it cannot be changed
    /// once set; a node without one is ours when it carries our label.
    ///
    /// - Parameter cluster: the cluster's name where its node is called otherwise.
    package static func foreign(_ observed: JSON, name: String, cluster: String? = nil) -> String? {
        let cluster = cluster ?? name
        let providerID = observed.at("spec", "providerID")?.string ?? ""
        if providerID == NodeKeys.providerID(of: name) { return nil }
        guard providerID.isEmpty else {
            return
                "a node named \(name) exists with the providerID \(providerID); rename the cluster or remove the node"
        }
        if observed.at("metadata", "labels", NodeKeys.cluster)?.string == cluster { return nil }
        return "a node named \(name) exists without the label \(NodeKeys.cluster)=\(cluster); "
            + "rename the cluster or remove the node"
    }

    private static func warnings(desired: NodeDescription, observed: JSON) -> [StatedCondition] {
        let standing = NodePatch.conditions(of: observed)
        return desired.conditions.filter { condition in
            NodeDescription.passingConditions.contains(condition.type)
                && standing[condition.type]?["message"]?.string != condition.message
        }
    }

    private static func changesReadiness(desired: NodeDescription, observed: JSON) -> Bool {
        let before = NodePatch.conditions(of: observed)[StatedCondition.readyType]?["status"]?.string
        return desired.conditions.contains { $0.type == StatedCondition.readyType && $0.status != before }
    }
}
