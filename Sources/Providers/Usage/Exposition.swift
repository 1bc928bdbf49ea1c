import KubeModel

/// Metrics in the Prometheus text format 0.0.4, family by family; samples stay as they were written.
package struct Exposition: Sendable {
    private struct Family {
        var help: [UInt8] = []
        var type: [UInt8] = []
        var samples: [UInt8] = []
    }

    private var families: [String: Family] = [:]
    /// The bytes of all samples and comments.
    package private(set) var byteCount = 0
    package private(set) var isEmpty = true

    package init() {}

    /// Adds the comments of a family; those that came first stay.
    ///
    /// - Parameters:
    ///   - help: the text behind the name, escaped as the format wants it.
    ///   - type: "counter", "gauge", ….
    package mutating func declare(_ family: String, help: some Sequence<UInt8>, type: some Sequence<UInt8>) {
        declare(family, help: help)
        declare(family, type: type)
    }

    mutating func declare(_ family: String, help: some Sequence<UInt8>) {
        guard families[family]?.help.isEmpty ?? true else { return }
        let text = Array(help)
        families[family, default: Family()].help = text
        byteCount += family.utf8.count + text.count
    }

    mutating func declare(_ family: String, type: some Sequence<UInt8>) {
        guard families[family]?.type.isEmpty ?? true else { return }
        let text = Array(type)
        families[family, default: Family()].type = text
        byteCount += family.utf8.count + text.count
    }

    /// Adds a sample: a line with its end.
    package mutating func add(_ sample: [UInt8], to family: String) {
        families[family, default: Family()].samples += sample
        byteCount += sample.count
        isEmpty = isEmpty && sample.isEmpty
    }

    /// Adds a sample of ours.
    ///
    /// - Parameters:
    ///   - labels: with values that need no escapes, such as names of Kubernetes.
    ///   - time: seconds since 1970; nil for a sample without a time.
    package mutating func add(
        _ name: String,
        _ labels: [(name: String, value: String)],
        _ value: Double,
        at time: Double?
    ) {
        let set = labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",")
        let stamp = time.map { " \(Int64(clamping: ($0 * 1000).rounded()))" } ?? ""
        add(Array("\(name)\(set.isEmpty ? "" : "{\(set)}") \(Self.number(value))\(stamp)\n".utf8), to: name)
    }

    /// A value as it is written.
    static func number(_ value: Double) -> String {
        Int64(exactly: value.rounded()).flatMap { Double($0) == value ? "\($0)" : nil } ?? "\(value)"
    }

    package mutating func merge(_ other: Exposition) {
        for (name, family) in other.families {
            declare(name, help: family.help, type: family.type)
            add(family.samples, to: name)
        }
    }

    /// The text, one piece for each family that has samples, by name.
    package var pieces: [[UInt8]] {
        families.filter { !$0.value.samples.isEmpty }.sorted { $0.key < $1.key }.map { name, family in
            Self.comment("HELP", name, family.help) + Self.comment("TYPE", name, family.type) + family.samples
        }
    }

    private static func comment(_ kind: String, _ name: String, _ text: [UInt8]) -> [UInt8] {
        text.isEmpty ? [] : Array("# \(kind) \(name) ".utf8) + text + Array("\n".utf8)
    }
}
