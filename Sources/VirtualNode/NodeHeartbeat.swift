internal import KubeModel

/// When the conditions of a node are to be written although nothing changed. Pure.
struct NodeHeartbeat: Sendable {
    /// A kubelet writes an unchanged status every five minutes while its lease tells that it lives.
    let interval: Duration

    /// The time until the oldest of our conditions is due; zero or less if it is. A condition of the future is due:
    /// the clock that wrote it was wrong.
    func remaining(for desired: NodeDescription, observed: JSON, now: Duration) -> Duration {
        let standing = NodePatch.conditions(of: observed)
        let ages = desired.conditions.map { condition -> Duration in
            let text = standing[condition.type]?["lastHeartbeatTime"]?.string
            guard let written = text.flatMap(Timestamp.parse) else { return interval }
            // Conditions carry whole seconds; what was written within this one is not of the future.
            let age = now - .seconds(written)
            return age < .zero ? interval : age
        }
        return interval - (ages.max() ?? interval)
    }
}
