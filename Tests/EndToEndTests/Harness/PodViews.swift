import KubeModel

/// What tests ask of a pod.
extension JSON {
    var name: String { at("metadata", "name")?.string ?? "" }
    var uid: UID { at("metadata", "uid")?.string ?? "" }
    var nodeName: String { at("spec", "nodeName")?.string ?? "" }
    var phase: String { at("status", "phase")?.string ?? "" }
    var isTerminating: Bool { at("metadata", "deletionTimestamp") != nil }

    /// The UID of the pod that a delegate runs for.
    var podUID: UID? { label("martlet.dev/pod-uid") }

    func label(_ key: String) -> String? { at("metadata", "labels", key)?.string }

    func annotation(_ key: String) -> String? { at("metadata", "annotations", key)?.string }

    /// A condition of the object's status.
    func condition(_ type: String) -> JSON? {
        at("status", "conditions")?.array?.first { $0["type"]?.string == type }
    }

    /// Whether the object's condition "Ready" is true.
    var isReady: Bool { condition("Ready")?["status"]?.string == "True" }

    /// Whether the node has a taint by which the node lifecycle controller says that it is not ready or silent.
    var hasHealthTaint: Bool {
        (at("spec", "taints")?.array ?? []).contains {
            ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].contains($0["key"]?.string)
        }
    }

    /// The first container's state of the pod.
    var firstContainer: JSON? { at("status", "containerStatuses")?[0] }

    /// How often the first container was started again.
    var restarts: Int64 { firstContainer?["restartCount"]?.int ?? 0 }

    /// Reads a number of the status; 0 if it is not there, as Kubernetes means it.
    func statusNumber(_ key: String) -> Int { Int(at("status", key)?.int ?? 0) }
}
