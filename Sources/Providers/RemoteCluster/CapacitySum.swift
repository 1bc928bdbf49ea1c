import KubeModel

/// What a remote's nodes can still take from us, as one node. Pure.
enum CapacitySum {
    /// Sums over the nodes that can take a delegate.
    ///
    /// - Parameters:
    ///   - nodes: all of the cluster's.
    ///   - demand: what every delegate asks of its node.
    ///   - foreign: pods that are not ours and hold resources of a node.
    /// - Returns: their capacity, and their allocatable minus what foreign pods asked for; never below zero.
    static func total(
        nodes: [RemoteNode],
        for demand: NodeDemand = NodeDemand(),
        foreign: [ForeignPod]
    ) -> (capacity: ResourceList, allocatable: ResourceList) {
        var capacity: ResourceList = [:]
        var free: [String: ResourceList] = [:]
        for node in nodes where demand.admits(node) {
            capacity = capacity.adding(node.capacity)
            free[node.metadata.name] = node.allocatable
        }
        for pod in foreign {
            free[pod.nodeName] = free[pod.nodeName]?.subtracting(pod.requests)
        }
        var allocatable: ResourceList = [:]
        for (_, resources) in free { allocatable = allocatable.adding(resources) }
        return (capacity, allocatable)
    }
}

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

/// A pod of a remote that is not ours, as far as capacity goes: where it is and what it asked for.
struct ForeignPod: KubeObject {
    static let kind: String? = "Pod"

    let metadata: ObjectMeta
    let nodeName: String
    let requests: ResourceList

    init(json: JSON) throws {
        metadata = ObjectMeta(Self.identifying(json))
        nodeName = json.at("spec", "nodeName")?.string ?? ""
        var effective = PodRequests.effective(spec: json["spec"] ?? [:])
        effective["pods"] = Quantity(units: 1)
        requests = effective
    }

    private static func identifying(_ json: JSON) -> JSON {
        var kept: JSON = [:]
        for field in ["name", "namespace", "uid", "resourceVersion"] { kept[field] = json.at("metadata", field) }
        return ["metadata": kept]
    }
}
