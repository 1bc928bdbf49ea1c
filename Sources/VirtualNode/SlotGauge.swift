internal import KubeModel
internal import Observability
internal import Providers

/// What single pods find room for, looked at every so often: it changes with each pod, and each look costs one at all of
/// the cluster's.
struct SlotGauge: Sendable {
    /// Of how many resources the largest slot is told: each is a series, and the names are the cluster's.
    private static let mostResources = 32

    private let cluster: String
    private let interval: Duration
    private let metrics: MetricsRegistry
    /// What was found last.
    private(set) var slots: NodeSlots?
    private var due = Duration.zero
    /// The resources whose gauges there are.
    private var told: Set<String> = ["cpu", "memory", "pods"]

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
        for name in found.largest.keys.sorted() where told.count < Self.mostResources { told.insert(name) }
        for name in told {
            metrics.gauge(
                "martlet_cluster_largest_slot",
                help: "What is free on the node of the cluster with the most free CPU, in cores, bytes or pieces.",
                labels: ["cluster": cluster, "resource": name]
            ).set((found.largest[name] ?? .zero).number)
        }
        return interval
    }
}
