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
    private let delegations: Histogram
    private let statusLags: Histogram

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
        delegations = registry.histogram(
            "martlet_pod_delegation_duration_seconds",
            help: "From a pod's binding, as it was seen, to its delegate.",
            labels: ["node": node]
        )
        statusLags = registry.histogram(
            "martlet_pod_status_lag_seconds",
            help: "From a change of a delegate, as it was seen, to the status of its pod.",
            labels: ["node": node]
        )
    }

    /// - Parameter wait: since the pod was bound; nil for one that was bound unseen.
    func created(after wait: Duration?) {
        creations.increment()
        if let wait { delegations.observe(wait) }
    }

    /// The status that followed from a change of a delegate is written.
    func mirrored(after lag: Duration) { statusLags.observe(lag) }
    func wroteStatus() { statusWrites.increment() }
    func deleted() { deletions.increment() }
    func released() { releases.increment() }
    func failed() { failures.increment() }
    func refused() { refusals.increment() }
    func evicted() { evictions.increment() }
}
