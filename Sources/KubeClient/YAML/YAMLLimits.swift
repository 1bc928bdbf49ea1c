/// What a YAML text may cost: texts come from people and from other clusters.
package struct YAMLLimits: Sendable, Hashable {
    /// The length of the text.
    package var bytes: Int
    /// Mappings and sequences within one another.
    package var depth: Int
    /// All nodes, with what an alias stands for counted each time: the bound on "billion laughs".
    package var nodes: Int

    package init(bytes: Int = 4 << 20, depth: Int = 64, nodes: Int = 200_000) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
    }
}
