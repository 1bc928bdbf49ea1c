/// What one stretch of a ``PacedTrial`` measured.
struct PacedSegment: Sendable {
    let number: Int
    let isUnruly: Bool
    let seconds: Double
    /// The latencies of all pods, in seconds.
    let hops: [Hop: [Double]]
    /// By the names of a ``CPUMeter``.
    let cpuSeconds: [String: Double]
    /// What the stand-ins did.
    let misbehaviour: StandInCounts
    /// Of the cluster that floods, by martlet's own counters.
    let eventsTaken: Double
    let bytesTaken: Double
    /// Of martlet, at the end.
    let residentBytes: Int64

    var condition: String { isUnruly ? "three misbehave" : "all calm" }

    func median(_ hop: Hop) -> Double? { Statistics.median(hops[hop] ?? []) }

    func quantile(_ share: Double, _ hop: Hop) -> Double? { Statistics.quantile(share, of: hops[hop] ?? []) }

    /// As a part of one core.
    func cores(_ name: String) -> Double? { cpuSeconds[name].map { $0 / seconds } }

    /// One line for who waits.
    var line: String {
        let medians = Hop.allCases.map { Table.milliseconds(median($0)) }.joined(separator: " ")
        let cpu = Table.number(cores("martlet").map { $0 * 100 }, digits: 1)
        return "Stretch \(number + 1), \(condition): hops' medians \(medians) ms, martlet \(cpu) % of a core, "
            + "\(misbehaviour.floodEvents) events of the flood sent, \(Int(eventsTaken)) taken"
    }
}
