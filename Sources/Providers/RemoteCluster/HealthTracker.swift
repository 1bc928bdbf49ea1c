import KubeModel

/// Judges a remote by the answers to its probes. Pure.
///
/// One answer makes it ready; it takes ``tolerance`` failures in a row to make it not ready, so that a lost probe or
/// two moves no pod, whether it was heard of before or not.
struct HealthTracker: Sendable {
    /// Failures in a row that make a remote not ready.
    let tolerance: Int
    private(set) var health: NodeHealth
    private(set) var consecutiveFailures = 0

    init(cluster: String, tolerance: Int = 3) {
        self.tolerance = tolerance
        health = Self.unheard("Cluster \(cluster) has not answered yet.")
    }

    /// A probe was answered. Returns whether the health changed.
    mutating func succeeded() -> Bool {
        consecutiveFailures = 0
        return change(to: .ready)
    }

    /// A probe failed, for this reason. Returns whether the health changed.
    mutating func failed(_ message: String) -> Bool {
        consecutiveFailures += 1
        if consecutiveFailures >= tolerance {
            return change(to: .notReady(reason: "RemoteUnreachable", message: message))
        }
        guard case .unknown = health else { return false }
        return change(to: Self.unheard(message))
    }

    private static func unheard(_ message: String) -> NodeHealth {
        .unknown(reason: "RemoteConnecting", message: message)
    }

    private mutating func change(to new: NodeHealth) -> Bool {
        guard health != new else { return false }
        health = new
        return true
    }
}
