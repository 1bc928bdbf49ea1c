import Observability

/// What a ``PodSyncController`` counts.
struct PodSyncMetrics: Sendable {
    private let creations: Counter
    private let statusWrites: Counter
    private let deletions: Counter
    private let releases: Counter
    private let failures: Counter
    private let refusals: Counter
    private let evictions: Counter

    init(registry: MetricsRegistry, node: String) {
        func counter(_ operation: String) -> Counter {
            registry.counter(
                "martlet_pod_operations_total",
                help: "Steps taken for pods, by virtual node.",
                labels: ["node": node, "operation": operation]
            )
        }
        creations = counter("create")
        statusWrites = counter("status")
        deletions = counter("delete")
        releases = counter("release")
        failures = counter("failure")
        refusals = counter("refuse")
        evictions = counter("evict")
    }

    func created() { creations.increment() }
    func wroteStatus() { statusWrites.increment() }
    func deleted() { deletions.increment() }
    func released() { releases.increment() }
    func failed() { failures.increment() }
    func refused() { refusals.increment() }
    func evicted() { evictions.increment() }
}
