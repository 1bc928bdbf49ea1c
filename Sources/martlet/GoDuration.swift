/// Durations as Kubernetes' tools write them on command lines (Go, time.ParseDuration): "300ms", "1m30s", "2h".
///
/// Whole numbers and the units h, m, s and ms only; no sign and no fractions, which no setting of ours needs.
enum GoDuration {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("h", 3_600_000), ("ms", 1), ("m", 60_000), ("s", 1000),
    ]

    /// The duration; nil if the text is not one or is longer than about 10,000 years.
    static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            guard digits.count <= 11, let amount = Int64(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let unit = units.first(where: { rest.hasPrefix($0.suffix) }) else { return nil }
            rest = rest.dropFirst(unit.suffix.count)
            total += amount * unit.milliseconds
            guard total <= 315_360_000_000_000 else { return nil }
        }
        return .milliseconds(total)
    }

    /// The shortest text that parses to the duration, to the millisecond.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var rest = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        guard rest > 0 else { return "0s" }
        var text = ""
        for (suffix, size) in [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] as [(String, Int64)]
        where rest >= size {
            text += "\(rest / size)\(suffix)"
            rest %= size
        }
        return text
    }
}
