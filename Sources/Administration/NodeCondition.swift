import KubeModel

/// A condition as it stands on a Node of the origin.
struct NodeCondition: Sendable, Equatable {
    let status: String
    let reason: String
    let message: String

    /// Nil for a node that has none of this type.
    init?(_ type: String, of node: JSON) {
        let conditions = node.at("status", "conditions")?.array ?? []
        guard let found = conditions.first(where: { $0["type"]?.string == type }) else { return nil }
        status = found["status"]?.string ?? ""
        reason = found["reason"]?.string ?? ""
        message = found["message"]?.string ?? ""
    }
}
