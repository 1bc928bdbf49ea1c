/// What a metric is, as the exposition format calls it.
package enum MetricKind: String, Sendable {
    case counter
    case gauge
    case histogram
}

/// All series of one name.
struct MetricFamily: Sendable {
    let kind: MetricKind
    let help: String
    var series: [MetricLabels: MetricSeries] = [:]
}

/// One name with one set of labels.
enum MetricSeries: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
    case callback(@Sendable () -> Double?)
}

/// A set of labels, written as between the braces of a sample: sorted by name, values escaped.
struct MetricLabels: Hashable, Comparable, Sendable {
    private let pairs: [String: String]
    let text: String

    init(_ labels: [String: String]) {
        pairs = labels
        text = labels.sorted { $0.key < $1.key }
            .map { $0.key + "=\"" + MetricText.escapedLabelValue($0.value) + "\"" }
            .joined(separator: ",")
    }

    func contains(_ labels: [String: String]) -> Bool {
        labels.allSatisfy { pairs[$0.key] == $0.value }
    }

    static func < (left: MetricLabels, right: MetricLabels) -> Bool {
        left.text < right.text
    }
}

/// Which names the exposition format allows.
enum MetricName {
    static func isValid(_ name: String) -> Bool {
        isValid(name, extra: ":")
    }

    /// `le` belongs to histograms, and names with two leading underscores to Prometheus.
    static func isValidLabel(_ name: String) -> Bool {
        isValid(name, extra: "") && name != "le" && !name.hasPrefix("__")
    }

    private static func isValid(_ name: String, extra: String) -> Bool {
        guard let first = name.first, !("0"..."9").contains(first) else { return false }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || extra.contains($0)) }
    }
}
