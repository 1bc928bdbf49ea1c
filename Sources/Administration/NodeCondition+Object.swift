import KubeModel

extension NodeCondition {
    /// A condition as it stands on a Node of the origin; nil for a node that has none of this type.
    init?(_ type: String, of node: JSON) {
        let conditions = node.at("status", "conditions")?.array ?? []
        guard let found = conditions.first(where: { $0["type"]?.string == type }) else { return nil }
        self.init(found)
    }
}
