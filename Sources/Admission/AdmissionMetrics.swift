internal import Observability

/// What is counted of requests to the webhook, by the rule that they ask for and by what became of them. All series are
/// there from the start.
struct AdmissionMetrics: Sendable {
    /// What became of a request.
    enum Outcome: String, Sendable, CaseIterable {
        /// The pod is made as it is, is made with changes, or is not made.
        case unchanged, changed, denied
        /// It was answered without a verdict: it is no review, of nobody who may ask, too long, or one too many.
        case refused
        /// It did not come whole.
        case unanswered

        init(_ verdict: AdmissionVerdict) {
            switch verdict {
            case .allowed(let patch): self = patch.isEmpty ? .unchanged : .changed
            case .denied: self = .denied
            }
        }
    }

    /// Stands for the rule of requests that ask for none that there is.
    static let noRule = "none"
    /// API servers wait five seconds.
    private static let buckets: [Double] = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5]

    private let counters: [String: [Outcome: Counter]]
    private let durations: [String: Histogram]

    /// - Parameter rules: what the rules are called.
    init(_ registry: MetricsRegistry, rules: [String]) {
        let rules = rules + [Self.noRule]
        counters = Dictionary(uniqueKeysWithValues: rules.map { ($0, Self.counters(of: $0, in: registry)) })
        durations = Dictionary(uniqueKeysWithValues: rules.map { ($0, Self.durations(of: $0, in: registry)) })
    }

    /// Counts a request.
    ///
    /// - Parameter rule: one of those that were given, or ``noRule``.
    func note(_ rule: String, _ outcome: Outcome, took duration: Duration) {
        counters[rule]?[outcome]?.increment()
        durations[rule]?.observe(duration)
    }

    private static func counters(of rule: String, in registry: MetricsRegistry) -> [Outcome: Counter] {
        let pairs = Outcome.allCases.map { outcome in
            let counter = registry.counter(
                "martlet_webhook_requests_total",
                help: "Requests to the webhook, by the rule that they ask for and what became of them.",
                labels: ["rule": rule, "verdict": outcome.rawValue]
            )
            return (outcome, counter)
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private static func durations(of rule: String, in registry: MetricsRegistry) -> Histogram {
        registry.histogram(
            "martlet_webhook_request_duration_seconds",
            help: "From the head of a request to the webhook to its answer.",
            labels: ["rule": rule],
            buckets: buckets
        )
    }
}
