internal import KubeModel
internal import Observability
internal import Providers

/// What single pods find room for, looked at every so often: it changes with each pod, and each look costs one at all of
/// the cluster's.
struct SlotGauge: Sendable {
    private let cluster: String
    private let interval: Duration
    private let metrics: MetricsRegistry
    /// What was found last.
    private(set) var slots: NodeSlots?
    private var due = Duration.zero

    init(cluster: String, interval: Duration, metrics: MetricsRegistry) {
        self.cluster = cluster
        self.interval = interval
        self.metrics = metrics
    }

    /// Looks again if it is time, by the time since 1970. A clock that went back makes it time.
    ///
    /// - Returns: how long to wait for the next look; nil where there is nothing to look at.
    mutating func look(at now: Duration, _ find: () -> NodeSlots?) -> Duration? {
        if now < due, due - now <= interval { return due - now }
        guard let found = find() else { return nil }
        due = now + interval
        slots = found
        for count in found.counts {
            metrics.gauge(
                "martlet_cluster_slots",
                help: "How many pods of a size fit on the cluster's nodes as they are now.",
                labels: ["cluster": cluster, "shape": SlotText.text(of: count.shape)]
            ).set(Double(count.pods))
        }
        for (name, amount) in found.largest {
            metrics.gauge(
                "martlet_cluster_largest_slot",
                help: "What is free on the node of the cluster with the most free CPU, in cores, bytes or pieces.",
                labels: ["cluster": cluster, "resource": name]
            ).set(amount.number)
        }
        return interval
    }
}
