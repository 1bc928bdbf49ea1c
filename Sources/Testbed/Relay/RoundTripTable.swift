/// The round-trip times between the sites of a federation.
package struct RoundTripTable: Sendable {
    private let milliseconds: [Set<String>: Double]

    package init(_ pairs: [(String, String, milliseconds: Double)]) {
        milliseconds = Dictionary(uniqueKeysWithValues: pairs.map { (Set([$0.0, $0.1]), $0.milliseconds) })
    }

    /// The sites, by name.
    package var sites: [String] {
        Set(milliseconds.keys.joined()).sorted()
    }

    /// The time from one site to the other and back; zero within a site, nil for a pair that is not in the table.
    package func roundTrip(_ one: String, _ other: String) -> Duration? {
        guard one != other else { return sites.contains(one) ? .zero : nil }
        return milliseconds[[one, other]].map { .microseconds(Int64(($0 * 1000).rounded())) }
    }

    /// Six sites in France and Luxembourg, as measured by the authors of mck8s (multi-cluster Kubernetes for the edge).
    package static let mck8s = RoundTripTable([
        ("Rennes", "Nantes", 2.16),
        ("Rennes", "Lille", 23.26),
        ("Rennes", "Luxembourg", 27.41),
        ("Rennes", "Nancy", 25.18),
        ("Rennes", "Grenoble", 17.45),
        ("Nantes", "Lille", 22.21),
        ("Nantes", "Luxembourg", 26.29),
        ("Nantes", "Nancy", 24.16),
        ("Nantes", "Grenoble", 16.38),
        ("Lille", "Luxembourg", 11.88),
        ("Lille", "Nancy", 9.70),
        ("Lille", "Grenoble", 12.06),
        ("Luxembourg", "Nancy", 2.90),
        ("Luxembourg", "Grenoble", 15.33),
        ("Nancy", "Grenoble", 13.14),
    ])
}
