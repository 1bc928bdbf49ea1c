import KubeModel

/// What stands in for counting where our identity may not see what there is to count. Pure.
enum CapacityAssumption: Equatable {
    /// The nodes can't be listed: they have what the configuration says.
    case configured
    /// Nodes are known, and pods of others are not: none are taken into account.
    case othersUnseen

    /// The names by which the lists and watches are told of.
    static let (nodes, delegates, others) = ("nodes", "delegates", "pods of others")

    /// nil where there is nothing to go by, or only time is missing.
    init?(hasNodes: Bool, hasPods: Bool, forbidden: Set<String>, assumed: ResourceList) {
        if !hasNodes, forbidden.contains(Self.nodes), !assumed.isEmpty {
            self = .configured
        } else if hasNodes, !hasPods, forbidden.contains(Self.others) {
            self = .othersUnseen
        } else {
            return nil
        }
    }

    /// What the node says: it can be used, and does not know what it should.
    var health: NodeHealth {
        switch self {
        case .configured:
            .degraded(
                reason: "CapacityAssumed",
                message:
                    "The cluster does not let martlet list its nodes: the limits of the configuration are taken "
                    + "for what it has."
            )
        case .othersUnseen:
            .degraded(
                reason: "OtherPodsUnseen",
                message: "The cluster does not let martlet list the pods of others: what they take is not subtracted. "
                    + "The configuration's reserve can stand for them."
            )
        }
    }
}
