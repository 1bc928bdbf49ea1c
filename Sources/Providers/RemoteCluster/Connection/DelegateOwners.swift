/// The virtual nodes of one origin that share a remote, as selectors of what is theirs there. Pure.
package struct DelegateOwners: Sendable, Hashable {
    package let originID: String
    /// In the order of the configuration.
    package let nodeNames: [String]

    package init(originID: String, nodeNames: [String]) {
        self.originID = originID
        self.nodeNames = nodeNames
    }

    /// Selects the delegates of all of them, and nothing else.
    package var labelSelector: String {
        "\(DelegateIdentity.originLabel)=\(originID),\(DelegateIdentity.nodeLabel)" + Self.isOne(of: nodeNames)
    }

    /// Selects what is a delegate of none of them.
    var foreignSelector: String {
        let owners = identities.map(\.owner)
        guard owners.count > 1 else { return "\(DelegateIdentity.ownerLabel)!=\(owners.first ?? "")" }
        return "\(DelegateIdentity.ownerLabel) notin (\(owners.joined(separator: ",")))"
    }

    /// Each for itself.
    var identities: [DelegateIdentity] { nodeNames.map { DelegateIdentity(originID: originID, nodeName: $0) } }

    private static func isOne(of names: [String]) -> String {
        names.count == 1 ? "=\(names[0])" : " in (\(names.joined(separator: ",")))"
    }
}

extension DelegateIdentity {
    /// Nobody else is on the connection.
    var alone: DelegateOwners { DelegateOwners(originID: originID, nodeNames: [nodeName]) }

    /// Selects our delegates in a remote, and nothing else.
    package var labelSelector: String { alone.labelSelector }

    /// Selects what is not a delegate of this virtual node.
    package var foreignSelector: String { alone.foreignSelector }
}
