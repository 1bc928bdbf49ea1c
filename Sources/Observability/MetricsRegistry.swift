import Synchronization

/// All metrics of the process, by name and labels.
///
/// Asking twice for the same name and labels gives the same metric, so that parts need not know of each other. Asking
/// for one name as two kinds, or with an invalid name, is a programming error. Label values come from closed sets: each
/// combination is kept until it is removed.
package final class MetricsRegistry: Sendable {
    private let state = Mutex<[String: MetricFamily]>([:])

    package init() {}

    /// The counter with this name and labels; names of counters end in `_total`.
    package func counter(_ name: String, help: String, labels: [String: String] = [:]) -> Counter {
        let series = obtain(name, help, .counter, labels) { .counter(Counter()) }
        guard case .counter(let counter) = series else { wrongSeries(name) }
        return counter
    }

    /// The gauge with this name and labels.
    package func gauge(_ name: String, help: String, labels: [String: String] = [:]) -> Gauge {
        let series = obtain(name, help, .gauge, labels) { .gauge(Gauge()) }
        guard case .gauge(let gauge) = series else { wrongSeries(name) }
        return gauge
    }

    /// The histogram with this name and labels; `buckets` are ascending upper bounds in the base unit, and those of
    /// the first call stay.
    package func histogram(
        _ name: String,
        help: String,
        labels: [String: String] = [:],
        buckets: [Double] = Histogram.latencyBuckets
    ) -> Histogram {
        let series = obtain(name, help, .histogram, labels) { .histogram(Histogram(buckets: buckets)) }
        guard case .histogram(let histogram) = series else { wrongSeries(name) }
        return histogram
    }

    /// Adds a series whose value is read when the metrics are written; `nil` leaves it out that time. Registering it
    /// again replaces the reader, which is called outside of all locks of the registry.
    package func observe(
        _ name: String,
        help: String,
        kind: MetricKind = .gauge,
        labels: [String: String] = [:],
        read: @escaping @Sendable () -> Double?
    ) {
        precondition(kind != .histogram, "a histogram has no single value to read")
        withFamily(name, help, kind, labels) { $0.series[MetricLabels(labels)] = .callback(read) }
    }

    /// Forgets every series that has these labels among its own: a cluster that left the configuration. Metrics that
    /// were handed out still count, but are not written any more.
    package func removeSeries(matching labels: [String: String]) {
        state.withLock { families in
            families = families.mapValues { family in
                var family = family
                family.series = family.series.filter { !$0.key.contains(labels) }
                return family
            }
        }
    }

    /// Everything in the Prometheus text format 0.0.4; serve it as `contentType`.
    package func text() -> String { Self.text(of: state.withLock { $0 }) }

    /// The series that have all labels of one of these sets among their own: what concerns one node, for who may read that
    /// node's metrics and no others.
    package func text(matchingAny sets: [[String: String]]) -> String {
        let families = state.withLock { $0 }.compactMapValues { family -> MetricFamily? in
            var family = family
            family.series = family.series.filter { series in sets.contains { series.key.contains($0) } }
            return family.series.isEmpty ? nil : family
        }
        return Self.text(of: families)
    }

    private static func text(of families: [String: MetricFamily]) -> String {
        families.sorted { $0.key < $1.key }.map { $0.value.text(name: $0.key) }.joined()
    }

    /// The media type of `text()`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"
}

extension MetricsRegistry {
    private func obtain(
        _ name: String,
        _ help: String,
        _ kind: MetricKind,
        _ labels: [String: String],
        make: () -> MetricSeries
    ) -> MetricSeries {
        let key = MetricLabels(labels)
        return withFamily(name, help, kind, labels) { family in
            if let existing = family.series[key] { return existing }
            let new = make()
            family.series[key] = new
            return new
        }
    }

    private func withFamily<T: Sendable>(
        _ name: String,
        _ help: String,
        _ kind: MetricKind,
        _ labels: [String: String],
        _ body: (inout MetricFamily) -> T
    ) -> T {
        precondition(MetricName.isValid(name), "not a metric name: \(name)")
        precondition(labels.keys.allSatisfy(MetricName.isValidLabel), "not label names: \(labels.keys.sorted())")
        return state.withLock { families in
            var family = families[name] ?? MetricFamily(kind: kind, help: help)
            precondition(family.kind == kind, "\(name) is a \(family.kind.rawValue), not a \(kind.rawValue)")
            defer { families[name] = family }
            return body(&family)
        }
    }

    private func wrongSeries(_ name: String) -> Never {
        preconditionFailure("\(name) with these labels is read by a callback")
    }
}
