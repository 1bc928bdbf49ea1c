import KubeModel

/// What a drain does with one pod. Pure; the rules are kubectl's (kubectl drain, `pkg/drain/filters.go`).
enum DrainStep: Sendable, Equatable {
    /// Nobody could make it anew elsewhere, or it belongs to the node: it ends with the node.
    case skip
    case evict
    /// It is ending.
    case wait
    /// It has no controller: evicted, it would be gone for good.
    case refuse

    private static let mirrorAnnotation = "kubernetes.io/config.mirror"

    /// - Parameter force: whether pods without a controller are evicted as well.
    init(_ pod: JSON, force: Bool) {
        let metadata = ObjectMeta(pod)
        let isFinished = ["Succeeded", "Failed"].contains(pod.at("status", "phase")?.string ?? "")
        if metadata.annotations[Self.mirrorAnnotation] != nil {
            self = .skip
        } else if metadata.controller?.kind == "DaemonSet", !isFinished {
            self = .skip
        } else if metadata.deletionTimestamp != nil {
            self = .wait
        } else {
            self = metadata.controller == nil && !isFinished && !force ? .refuse : .evict
        }
    }
}
