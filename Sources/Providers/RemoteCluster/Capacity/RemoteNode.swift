import KubeModel

/// A node of a remote, as far as capacity goes.
struct RemoteNode: KubeObject {
    static let kind: String? = "Node"

    let metadata: ObjectMeta
    /// Ready, not cordoned, and real: a virtual node of the remote would count another cluster's capacity.
    let isUsable: Bool
    let labels: [String: String]
    let taints: [Taint]
    /// Whether its kubelet says so.
    let isReady: Bool
    let capacity: ResourceList
    let allocatable: ResourceList
    let operatingSystem: String
    let architecture: String
    let declaredFeatures: [String]

    init(json: JSON) throws {
        let node = try Node(json: json)
        metadata = node.metadata
        isReady = node.ready
        isUsable = node.ready && !node.unschedulable && !Self.isVirtual(node)
        labels = node.labels
        taints = node.taints
        capacity = node.capacity
        allocatable = node.allocatable
        operatingSystem = node.operatingSystem
        architecture = node.architecture
        declaredFeatures = node.declaredFeatures
    }

    /// Whether a node went away, or came back.
    static func isTurn(from old: RemoteNode?, to new: RemoteNode?) -> Bool {
        let isThere = new?.isReady ?? false
        // Nothing was known of a new one.
        return (old?.isReady ?? isThere) != isThere || old == nil && !isThere
    }

    /// The label by which every implementation of virtual nodes marks them.
    private static func isVirtual(_ node: Node) -> Bool { node.labels["type"] == "virtual-kubelet" }
}

/// A pod of a remote as far as capacity goes: where it is and what it asked for.
struct ForeignPod: KubeObject {
    static let kind: String? = "Pod"

    let metadata: ObjectMeta
    let nodeName: String
    let requests: ResourceList

    init(json: JSON) throws {
        metadata = ObjectMeta(Self.identifying(json))
        nodeName = json.at("spec", "nodeName")?.string ?? ""
        requests = PodRequests.withPlace(spec: json["spec"] ?? [:])
    }

    /// A delegate, which is not foreign and takes room all the same; nil for one that takes none, or none yet.
    init?(_ delegate: Delegate) {
        guard let node = delegate.nodeName, !delegate.instance.isTerminal else { return nil }
        (metadata, nodeName, requests) = (delegate.metadata, node, delegate.requests)
    }

    private static func identifying(_ json: JSON) -> JSON {
        var kept: JSON = [:]
        for field in ["name", "namespace", "uid", "resourceVersion"] { kept[field] = json.at("metadata", field) }
        return ["metadata": kept]
    }
}

extension PodRequests {
    /// The same with the place that the pod takes among the pods of its node.
    static func withPlace(spec: JSON) -> ResourceList {
        var requests = effective(spec: spec)
        requests["pods"] = Quantity(units: 1)
        return requests
    }
}
