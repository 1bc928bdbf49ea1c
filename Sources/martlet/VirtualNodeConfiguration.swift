internal import KubeClient
internal import KubeModel
internal import VirtualNode

/// What the configuration says of one virtual node: of a cluster's only one, or of one of its `nodes`.
struct VirtualNodeConfiguration: Sendable, Equatable {
    /// What it shall look like.
    var node: NodeSettings
    /// Labels of the cluster's nodes that it stands for, beside those that all delegates ask for.
    var nodeSelector: [String: String] = [:]
    /// Tolerations (core/v1) of its delegates, beside those of all.
    var tolerations: [JSON] = []
    /// What of its size is not found by counting.
    var reserve: ResourceList = [:]
    var canGrowTo: ResourceList = [:]
}

extension VirtualNodeConfiguration {
    /// The fields that ``read(_:at:reader:)`` knows.
    static let fields = ["region", "zone", "labels", "annotations", "taints", "limits", "reserve", "canGrowTo"]

    /// Labels that the program sets itself, with what to use instead.
    private static let reservedLabels = [
        NodeKeys.nodeType: "is set by martlet to \(NodeKeys.virtualNodeType), which keeps delegates off the node",
        NodeKeys.hostname: "is set by martlet to the name of the node",
        NodeKeys.region: "is set by the field region",
        NodeKeys.zone: "is set by the field zone",
    ]

    /// Takes over what stands there; all else stays as it is.
    mutating func read(_ members: [String: YAMLNode], at field: String, reader: inout ConfigurationReader) {
        func place(_ key: String) -> String { ConfigurationReader.path(field, key) }
        node.region = reader.labelValue("region", in: members, at: field) ?? node.region
        node.zone = reader.labelValue("zone", in: members, at: field) ?? node.zone
        if let labels = members["labels"] {
            var own = reader.labels(
                of: labels,
                at: place("labels"),
                reserved: Self.reservedLabels,
                tolerated: [NodeKeys.nodeType: NodeKeys.virtualNodeType]
            )
            // The Node has it from martlet, also once it is taken out here.
            own[NodeKeys.nodeType] = nil
            node.labels.merge(own) { _, own in own }
        }
        if let annotations = members["annotations"] {
            node.annotations.merge(reader.annotations(of: annotations, at: place("annotations"))) { _, own in own }
        }
        if let taints = members["taints"] {
            node.taints = ClusterConfiguration.taints(taints, at: place("taints"), reader: &reader)
        }
        if let limits = members["limits"] {
            node.limits = ClusterConfiguration.amounts(limits, at: place("limits"), reader: &reader)
        }
        if let amounts = members["reserve"] {
            reserve = ClusterConfiguration.amounts(amounts, at: place("reserve"), reader: &reader)
        }
        if let amounts = members["canGrowTo"] {
            canGrowTo = ClusterConfiguration.amounts(amounts, at: place("canGrowTo"), reader: &reader)
        }
    }
}
