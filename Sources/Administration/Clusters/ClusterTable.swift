internal import KubeModel

/// The columns of `martlet clusters`. Pure.
struct ClusterTable: Sendable {
    /// Whether where the clusters are, and the shapes of the slots, are shown too.
    let isWide: Bool

    var header: [String] {
        ["NAME", "STATE", "ROUND-TRIP", "VERSION", "CPU", "MEMORY", "PODS", "SLOTS", "LARGEST-SLOT", "AGE"]
            + (isWide ? ["REGION", "ZONE"] : []) + ["LAST-ERROR"]
    }

    /// - Parameter now: since 1970.
    func cells(_ row: ClusterRow, now: Duration) -> [String] {
        [
            row.name, row.state.rawValue + (row.isCordoned ? ",cordoned" : ""), row.roundTrip ?? Self.unknown,
            Self.text(row.version), Self.share(row, "cpu"), Self.share(row, "memory"), Self.share(row, "pods"),
            slots(row), Self.largest(row), AgeText.since(row.created, now: now),
        ] + (isWide ? [Self.text(row.region), Self.text(row.zone)] : [])
            + [row.hasNews ? "\(row.reason): \(row.message)" : "<none>"]
    }

    private static let unknown = "<unknown>"

    private static func text(_ text: String) -> String { text.isEmpty ? unknown : text }

    /// What pods ask for of what they can have: "12.5/96".
    private static func share(_ row: ClusterRow, _ resource: String) -> String {
        guard let all = row.allocatable[resource] else { return unknown }
        let total = AmountText.text(all, of: resource)
        guard let load = row.load else { return "?/\(total)" }
        guard resource != "pods" else { return "\(load.pods)/\(total)" }
        return "\(AmountText.text(load.requests[resource] ?? .zero, of: resource))/\(total)"
    }

    /// How many pods of each common shape fit, the smallest first.
    private func slots(_ row: ClusterRow) -> String {
        guard let slots = row.slots, !slots.isEmpty else { return Self.unknown }
        guard isWide else { return slots.map { "\($0.pods)" }.joined(separator: "/") }
        return slots.map { "\($0.shape)=\($0.pods)" }.joined(separator: ",")
    }

    /// CPU and memory of the place where the largest pod would fit.
    private static func largest(_ row: ClusterRow) -> String {
        guard let largest = row.largestSlot else { return unknown }
        guard !largest.isEmpty else { return "<none>" }
        return ["cpu", "memory"].map { AmountText.text(largest[$0] ?? .zero, of: $0) }.joined(separator: "/")
    }
}
