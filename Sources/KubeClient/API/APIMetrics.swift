import Observability

/// What is counted of calls to one cluster.
struct APIMetrics: Sendable {
    private let registry: MetricsRegistry
    private let cluster: String

    init(registry: MetricsRegistry, cluster: String) {
        self.registry = registry
        self.cluster = cluster
    }

    /// Counts a call at its end, or a watch at its start. `code` is the HTTP status, or the error's code if no answer
    /// came: a closed set.
    func count(_ call: APICall, code: String, sent: Int, received: Int, took: Duration) {
        let labels = labels(call, code)
        registry.counter(
            "martlet_api_requests_total",
            help: "Calls to API servers.",
            labels: labels
        ).increment()
        registry.counter(
            "martlet_api_sent_bytes_total",
            help: "Bytes of bodies sent to API servers.",
            labels: labels
        ).increment(by: sent)
        receivedBytes(call, code: code).increment(by: received)
        registry.histogram(
            "martlet_api_request_duration_seconds",
            help: "How long calls to API servers took, of watches until they started.",
            labels: ["cluster": cluster, "verb": call.verb.rawValue]
        ).observe(took)
    }

    func receivedBytes(_ call: APICall, code: String) -> Counter {
        registry.counter(
            "martlet_api_received_bytes_total",
            help: "Bytes of bodies received from API servers.",
            labels: labels(call, code)
        )
    }

    private func labels(_ call: APICall, _ code: String) -> [String: String] {
        ["cluster": cluster, "verb": call.verb.rawValue, "resource": call.resource, "code": code]
    }
}
