internal import KubeModel

/// Taints are told apart by key and effect: the API server refuses two on a node that agree in both.
extension Taint {
    /// `key:effect`.
    package var identity: String { "\(key):\(effect)" }

    /// The taint as it is written into `spec.taints`; the time it was added belongs to whoever reads it first.
    var json: JSON {
        var object: JSON = ["key": .string(key), "effect": .string(effect)]
        if !value.isEmpty { object["value"] = .string(value) }
        return object
    }
}
