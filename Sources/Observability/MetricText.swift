/// The Prometheus text format, version 0.0.4.
enum MetricText {
    /// In a label value the backslash, the quote and the end of line are escaped.
    static func escapedLabelValue(_ value: String) -> String {
        escaped(value, quote: true)
    }

    /// In a help text the backslash and the end of line are escaped, but not the quote.
    static func escapedHelp(_ help: String) -> String {
        escaped(help, quote: false)
    }

    /// A number as Go's parser reads it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), abs(value) < 1e15 { return String(whole) }
        return value.description
    }

    /// One line: name, labels, value.
    static func sample(_ name: String, _ labels: String, _ value: String) -> String {
        name + (labels.isEmpty ? "" : "{" + labels + "}") + " " + value + "\n"
    }

    /// Works on scalars: CR LF is one character to Swift, and its LF would slip through.
    private static func escaped(_ text: String, quote: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\"" where quote: result.append(contentsOf: "\\\"".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}

extension MetricFamily {
    /// The family with its HELP and TYPE lines; empty when it has no series to show.
    func text(name: String) -> String {
        let samples = series.sorted { $0.key < $1.key }
            .map { $0.value.text(name: name, labels: $0.key.text) }
            .joined()
        guard !samples.isEmpty else { return "" }
        return "# HELP \(name) \(MetricText.escapedHelp(help))\n# TYPE \(name) \(kind.rawValue)\n" + samples
    }
}

extension MetricSeries {
    fileprivate func text(name: String, labels: String) -> String {
        switch self {
        case .counter(let counter): MetricText.sample(name, labels, MetricText.number(counter.value))
        case .gauge(let gauge): MetricText.sample(name, labels, MetricText.number(gauge.value))
        case .callback(let read):
            read().map { MetricText.sample(name, labels, MetricText.number($0)) } ?? ""
        case .histogram(let histogram): histogram.snapshot.text(name: name, labels: labels)
        }
    }
}

extension Histogram.Snapshot {
    fileprivate func text(name: String, labels: String) -> String {
        var text = ""
        var cumulative: UInt64 = 0
        for (bound, inBucket) in zip(bounds + [.infinity], counts) {
            cumulative += inBucket
            let le = (labels.isEmpty ? "" : labels + ",") + "le=\"" + MetricText.number(bound) + "\""
            text += MetricText.sample(name + "_bucket", le, String(cumulative))
        }
        text += MetricText.sample(name + "_sum", labels, MetricText.number(sum))
        return text + MetricText.sample(name + "_count", labels, String(count))
    }
}
