import Observability

/// What is counted of one collection that is followed.
struct ReflectorCounters: Sendable {
    private let metrics: MetricsRegistry
    private let labels: [String: String]
    let events: Counter
    /// Objects that were left out because they can't be read.
    let undecodable: Counter

    init(_ metrics: MetricsRegistry, cluster: String, resource: String) {
        self.metrics = metrics
        labels = ["cluster": cluster, "resource": resource]
        events = metrics.counter("martlet_watch_events_total", help: "Events of watches.", labels: labels)
        undecodable = metrics.counter(
            "martlet_watch_undecodable_total",
            help: "Objects left out because they could not be read.",
            labels: labels
        )
    }

    func count(_ outcome: ReflectorPlan.Outcome) {
        switch outcome {
        case .listed: count("martlet_lists_total", "Lists taken.", [:])
        case .listFailed(let error): countRestart("list failed", error)
        case .resumed: count("martlet_watch_resumptions_total", "Watches gone on with after a break.", [:])
        case .watchEnded: countRestart("ended", nil)
        case .watchStalled: countRestart("silent", nil)
        case .watchFailed(let error, _): countRestart("failed", error)
        }
    }

    private func countRestart(_ reason: String, _ error: APIError?) {
        let reason = error?.isExpired == true ? "expired" : reason
        count("martlet_watch_restarts_total", "Ends of watches and failed lists, by reason.", ["reason": reason])
    }

    private func count(_ name: String, _ help: String, _ extra: [String: String]) {
        metrics.counter(name, help: help, labels: labels.merging(extra) { _, new in new }).increment()
    }
}
