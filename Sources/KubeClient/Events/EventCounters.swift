import Observability

/// What becomes of events.
struct EventCounters: Sendable {
    let written: Counter
    let queueFull: Counter
    let limited: Counter
    let failed: Counter

    init(_ metrics: MetricsRegistry, cluster: String) {
        func dropped(_ reason: String) -> Counter {
            metrics.counter(
                "martlet_events_dropped_total",
                help: "Events that were not told.",
                labels: ["cluster": cluster, "reason": reason]
            )
        }
        written = metrics.counter(
            "martlet_events_written_total",
            help: "Events told, or counted up.",
            labels: ["cluster": cluster]
        )
        queueFull = dropped("queue full")
        limited = dropped("object over its share")
        failed = dropped("refused or unreachable")
    }
}
