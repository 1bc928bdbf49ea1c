import Observability
import Synchronization

/// The metrics of a work queue, under the names that client-go made common.
struct WorkQueueMetrics: Sendable {
    let adds: Counter
    let retries: Counter
    let waited: Histogram
    let worked: Histogram

    private static let buckets = Histogram.exponentialBuckets(start: 1e-5, factor: 10, count: 8)

    init(_ metrics: MetricsRegistry, labels: [String: String]) {
        adds = metrics.counter("workqueue_adds_total", help: "Keys added to the queue.", labels: labels)
        retries = metrics.counter("workqueue_retries_total", help: "Keys added after a failure.", labels: labels)
        waited = metrics.histogram(
            "workqueue_queue_duration_seconds",
            help: "How long keys were ready before their work began.",
            labels: labels,
            buckets: Self.buckets
        )
        worked = metrics.histogram(
            "workqueue_work_duration_seconds",
            help: "How long the work on a key took.",
            labels: labels,
            buckets: Self.buckets
        )
    }
}

extension WorkQueue {
    /// Registers what is read from the queue when metrics are asked for.
    func observe(in metrics: MetricsRegistry, labels: [String: String]) {
        metrics.observe("workqueue_depth", help: "Keys that wait for a worker.", labels: labels) { [weak self] in
            self.map { Double($0.depth) }
        }
        metrics.observe("martlet_workqueue_delayed", help: "Keys that are due later.", labels: labels) { [weak self] in
            self.map { queue in Double(queue.state.withLock { $0.keys.delayedCount }) }
        }
        metrics.observe(
            "martlet_workqueue_failing",
            help: "Keys whose last work failed.",
            labels: labels
        ) { [weak self] in
            self.map { queue in Double(queue.state.withLock { $0.keys.failingCount }) }
        }
        metrics.observe(
            "workqueue_unfinished_work_seconds",
            help: "Time spent so far on all keys in work.",
            labels: labels
        ) { [weak self] in self.map { $0.unfinished.sum / .seconds(1) } }
        metrics.observe(
            "workqueue_longest_running_processor_seconds",
            help: "Time spent so far on the key that is longest in work.",
            labels: labels
        ) { [weak self] in self.map { $0.unfinished.longest / .seconds(1) } }
    }

    private var unfinished: (sum: Duration, longest: Duration) {
        let now = elapsed()
        return state.withLock { $0.keys.unfinished(now: now) }
    }
}
