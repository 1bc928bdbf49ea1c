internal import KubeClient
internal import KubeModel
internal import Providers
internal import VirtualNode

/// The virtual nodes of a cluster.
extension ClusterConfiguration {
    /// One that is called like the cluster, unless the configuration names several.
    var virtualNodes: [VirtualNodeConfiguration] {
        guard nodes.isEmpty else { return nodes }
        return [VirtualNodeConfiguration(node: node, reserve: reserve, canGrowTo: canGrowTo)]
    }

    /// What its Nodes are called.
    var nodeNames: [String] { virtualNodes.map(\.node.name) }

    /// The names that nothing else of the configuration may have.
    var takenNames: [String] { [name] + nodes.map(\.node.name).filter { $0 != name } }

    /// The ports of the nodes' kubelet endpoints.
    var ports: [Int] { virtualNodes.map(\.node.kubeletPort) }

    /// The same cluster with these kubelet ports, one for each of its virtual nodes.
    func with(ports: [Int]) -> ClusterConfiguration {
        var copy = self
        copy.node.kubeletPort = ports.first ?? node.kubeletPort
        for (index, port) in zip(copy.nodes.indices, ports) { copy.nodes[index].node.kubeletPort = port }
        return copy
    }

    /// The same cluster with the address at which the origin reaches its kubelet endpoints.
    ///
    /// - Parameter isDetached: whether nobody looks at it.
    func with(address: String?, isDetached: Bool = false) -> ClusterConfiguration {
        var copy = self
        (copy.node.address, copy.node.isDetached) = (address, isDetached)
        for index in copy.nodes.indices {
            (copy.nodes[index].node.address, copy.nodes[index].node.isDetached) = (address, isDetached)
        }
        return copy
    }

    /// What becomes of the pods of one of the virtual nodes.
    func pods(of node: VirtualNodeConfiguration) -> TranslationSettings {
        var settings = pods
        settings.nodeSelector.merge(node.nodeSelector) { _, own in own }
        settings.tolerations += node.tolerations.filter { !settings.tolerations.contains($0) }
        return settings
    }

    private static let nodeFields = ["name", "nodeSelector", "tolerations"] + VirtualNodeConfiguration.fields

    private static let mostNodes = 100

    /// Reads `nodes`; what one does not say of itself is the cluster's.
    mutating func readNodes(_ list: YAMLNode, at field: String, reader: inout ConfigurationReader) {
        let elements = reader.elements(of: list, at: field)
        guard elements.count <= Self.mostNodes else {
            return reader.report(
                list,
                field,
                "names \(elements.count) nodes; at most \(Self.mostNodes) can stand for a cluster"
            )
        }
        let whole = VirtualNodeConfiguration(node: node, reserve: reserve, canGrowTo: canGrowTo)
        var lines: [String: Int] = [:]
        for (index, element) in elements.enumerated() {
            let place = "\(field)[\(index)]"
            let members = reader.members(of: element, at: place, known: Self.nodeFields)
            guard let name = Self.name(members["name"], of: element, at: place, reader: &reader) else { continue }
            if let line = lines[name] {
                reader.report(element, "\(place).name", "\"\(name)\" is the name of the node in line \(line) too")
                continue
            }
            lines[name] = element.line
            var node = whole
            (node.node.name, node.node.cluster) = (name, self.name)
            node.read(members, at: place, reader: &reader)
            if let selector = members["nodeSelector"] {
                node.nodeSelector = reader.labels(of: selector, at: "\(place).nodeSelector")
            }
            if let tolerations = members["tolerations"] {
                node.tolerations = reader.tolerations(of: tolerations, at: "\(place).tolerations")
            }
            if let other = nodes.first(where: { pods(of: $0).admitsTheSame(as: pods(of: node)) }) {
                let twin = other.node.name
                reader.report(
                    element,
                    place,
                    "stands for the same nodes of the cluster as \"\(twin)\": give it a nodeSelector"
                )
            }
            nodes.append(node)
        }
        if nodes.isEmpty, reader.problems.isEmpty {
            reader.report(list, field, "must name at least one node, or be left out")
        }
    }
}

extension TranslationSettings {
    /// Whether it lets delegates run on the same nodes of the cluster, whatever nodes there are.
    fileprivate func admitsTheSame(as other: TranslationSettings) -> Bool {
        nodeSelector == other.nodeSelector && tolerations.allSatisfy(other.tolerations.contains)
            && other.tolerations.allSatisfy(tolerations.contains)
    }
}
