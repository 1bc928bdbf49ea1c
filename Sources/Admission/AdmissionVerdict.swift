internal import KubeModel

/// What becomes of an object that is being made.
enum AdmissionVerdict: Sendable, Equatable {
    /// It is made, with these changes.
    case allowed([JSONPatch.Operation])
    /// It is not made; for the person who asked for it.
    case denied(String)

    static let unchanged = AdmissionVerdict.allowed([])
}

/// Decides on pods that are being made, each by itself alone. Pure.
protocol AdmissionRule: Sendable {
    func verdict(on pod: JSON) -> AdmissionVerdict
}

/// Pods that no rule touches.
enum Bystander {
    /// Whether a pod is bound already, is of a DaemonSet, whose controller has chosen its node, or is the delegate of
    /// another origin's pod, which runs on real nodes only.
    static func contains(_ pod: JSON) -> Bool {
        if let node = pod.at("spec", "nodeName")?.string, !node.isEmpty { return true }
        let metadata = ObjectMeta(pod)
        if metadata.controller?.kind == "DaemonSet" { return true }
        return delegateLabels.allSatisfy { metadata.labels[$0] != nil }
    }

    /// Labels that every delegate has.
    static let delegateLabels = ["martlet.dev/origin", "martlet.dev/pod-uid"]
}
