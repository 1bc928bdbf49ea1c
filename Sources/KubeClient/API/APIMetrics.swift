import Observability
import Synchronization

/// What is counted of calls to one cluster. The registry is asked once for each combination of labels: looking a metric
/// up takes longer than counting.
final class APIMetrics: Sendable {
    private struct Series: Hashable {
        let verb: APICall.Verb
        let resource: String
        let code: String
    }

    private struct Counters {
        let requests: Counter
        let sentBytes: Counter
        let receivedBytes: Counter
    }

    private struct Handles {
        var counters: [Series: Counters] = [:]
        var durations: [APICall.Verb: Histogram] = [:]
    }

    private let registry: MetricsRegistry
    private let cluster: String
    private let handles = Mutex(Handles())

    init(registry: MetricsRegistry, cluster: String) {
        self.registry = registry
        self.cluster = cluster
    }

    /// Counts a call at its end, or a watch at its start. `code` is the HTTP status, or the error's code if no answer
    /// came: a closed set.
    func count(_ call: APICall, code: String, sent: Int, received: Int, took: Duration) {
        let counters = counters(call, code)
        counters.requests.increment()
        counters.sentBytes.increment(by: sent)
        counters.receivedBytes.increment(by: received)
        duration(call.verb).observe(took)
    }

    func receivedBytes(_ call: APICall, code: String) -> Counter { counters(call, code).receivedBytes }

    private func counters(_ call: APICall, _ code: String) -> Counters {
        let series = Series(verb: call.verb, resource: call.resource, code: code)
        return handles.withLock { handles in
            if let known = handles.counters[series] { return known }
            let counters = makeCounters(series)
            handles.counters[series] = counters
            return counters
        }
    }

    private func makeCounters(_ series: Series) -> Counters {
        let labels = [
            "cluster": cluster, "verb": series.verb.rawValue, "resource": series.resource, "code": series.code,
        ]
        func counter(_ name: String, _ help: String) -> Counter {
            registry.counter(name, help: help, labels: labels)
        }
        return Counters(
            requests: counter("martlet_api_requests_total", "Calls to API servers."),
            sentBytes: counter("martlet_api_sent_bytes_total", "Bytes of bodies sent to API servers."),
            receivedBytes: counter("martlet_api_received_bytes_total", "Bytes of bodies received from API servers.")
        )
    }

    private func duration(_ verb: APICall.Verb) -> Histogram {
        handles.withLock { handles in
            if let known = handles.durations[verb] { return known }
            let histogram = registry.histogram(
                "martlet_api_request_duration_seconds",
                help: "How long calls to API servers took, of watches until they started.",
                labels: ["cluster": cluster, "verb": verb.rawValue]
            )
            handles.durations[verb] = histogram
            return histogram
        }
    }
}
