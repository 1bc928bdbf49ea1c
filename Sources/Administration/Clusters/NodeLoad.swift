package import KubeModel

/// What the pods of one node ask for, as the scheduler counts them: those that are not finished.
package struct NodeLoad: Sendable, Equatable {
    package private(set) var pods = 0
    package private(set) var requests: ResourceList = [:]

    package init() {}

    package mutating func add(_ pod: BoundPod) {
        pods += 1
        requests.add(pod.requests)
    }

    /// The load of each node that has any.
    package static func byNode(_ pods: some Sequence<BoundPod>) -> [String: NodeLoad] {
        var loads: [String: NodeLoad] = [:]
        for pod in pods where !pod.isFinished {
            guard let node = pod.nodeName else { continue }
            loads[node, default: NodeLoad()].add(pod)
        }
        return loads
    }

    /// Selects the pods that count, at the server.
    static let fieldSelector = "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed"
}

/// Of a pod what it takes of which node.
package struct BoundPod: KubeObject {
    package static let kind: String? = "Pod"

    package let metadata: ObjectMeta
    package let nodeName: String?
    package let requests: ResourceList
    package let isFinished: Bool

    package init(json: JSON) throws {
        metadata = ObjectMeta(json)
        nodeName = json.at("spec", "nodeName")?.string
        requests = PodRequests.effective(spec: json["spec"] ?? [:])
        isFinished = PodPhase(json.at("status", "phase")?.string ?? "").isTerminal
    }
}
