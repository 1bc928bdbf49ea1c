import KubeModel

/// What every delegate of a cluster asks of its node: that of the cluster's configuration, not what single pods ask.
struct NodeDemand: Sendable {
    private let nodeSelector: [String: String]
    private let tolerations: [Toleration]

    init(_ settings: TranslationSettings = TranslationSettings()) {
        nodeSelector = settings.nodeSelector
        tolerations = settings.tolerations.map(Toleration.init)
    }

    /// Whether the cluster's scheduler would put a delegate there that asks for nothing else.
    func admits(_ node: RemoteNode) -> Bool {
        node.isUsable && nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
            && node.taints.allSatisfy { taint in !taint.repels || tolerations.contains { $0.tolerates(taint) } }
    }
}

/// A toleration (core/v1), matched as the scheduler's `ToleratesTaint` does.
private struct Toleration: Sendable {
    private let key: String
    private let value: String
    private let effect: String
    private let isForAnyValue: Bool

    init(_ json: JSON) {
        key = json["key"]?.string ?? ""
        value = json["value"]?.string ?? ""
        effect = json["effect"]?.string ?? ""
        isForAnyValue = json["operator"]?.string == "Exists"
    }

    /// An empty key stands for all keys, an empty effect for all effects.
    func tolerates(_ taint: Taint) -> Bool {
        (effect.isEmpty || effect == taint.effect) && (key.isEmpty || key == taint.key)
            && (isForAnyValue || value == taint.value)
    }
}

extension Taint {
    /// Whether it keeps pods off that do not tolerate it.
    fileprivate var repels: Bool { effect == "NoSchedule" || effect == "NoExecute" }
}
