import KubeModel

/// What the stretches of a ``PacedTrial`` tell of those that misbehave.
struct PacedReport: Sendable {
    let settings: ScaleSettings
    let segments: [PacedSegment]

    /// Of misbehaving to calm, in each half of an ABBA: of two stretches, one after the other.
    func ratios(_ value: (PacedSegment) -> Double?) -> [Double] {
        halves.compactMap { first, second in
            let (calm, unruly) = first.isUnruly ? (second, first) : (first, second)
            return Self.ratio(value(calm), value(unruly))
        }
    }

    /// Of the later to the earlier of two stretches of the same condition, one after the other: what the machine does by
    /// itself, by which the others are to be judged.
    func nullRatios(_ value: (PacedSegment) -> Double?) -> [Double] {
        zip(segments, segments.dropFirst()).filter { $0.isUnruly == $1.isUnruly }
            .compactMap { Self.ratio(value($0), value($1)) }
    }

    private var halves: [(PacedSegment, PacedSegment)] {
        stride(from: 0, to: segments.count - 1, by: 2).map { (segments[$0], segments[$0 + 1]) }
    }

    private static func ratio(_ base: Double?, _ value: Double?) -> Double? {
        guard let base, let value, base > 0 else { return nil }
        return value / base
    }

    private func segments(_ isUnruly: Bool) -> [PacedSegment] { segments.filter { $0.isUnruly == isUnruly } }

    /// The median over the stretches of a condition.
    private func median(_ isUnruly: Bool, _ value: (PacedSegment) -> Double?) -> Double? {
        Statistics.median(segments(isUnruly).compactMap(value))
    }
}

// MARK: - Tables

extension PacedReport {
    /// The tables for people.
    var text: String {
        [
            headline,
            hopTable.text,
            "CPU, % of one core, medians of the stretches", cpuTable.text,
            "What the three did, per second, medians of the stretches, and the largest memory of martlet",
            misbehaviourTable.text,
        ].joined(separator: "\n\n")
    }

    private var headline: String {
        let manners = Manner.disturbances(flood: settings.flood).map(\.title).joined(separator: ", ")
        let load = "\(settings.rate) pods a second, one by one, for \(settings.pacedSeconds) s"
        let order = "in each of \(segments.count) stretches, ABBA"
        let others = "in B three of \(settings.clusters) other clusters are \(manners)"
        return """
            \(load) \(order); \(others).
            Medians of the stretches' own, ms; ratios of B to A within each of \(halves.count) pairs, median and spread; \
            at last the spread between stretches of the same condition
            """
    }

    private var hopTable: Table {
        var table = Table(
            header: [
                "hop", "calm p50", "p95", "misbehaving p50", "p95", "ratio p50", "spread", "ratio p95", "spread",
                "A/A, B/B p50",
            ]
        )
        table.rows = Hop.allCases.map { hop in
            let times = [false, true].flatMap { isUnruly in
                [0.5, 0.95].map { share in
                    Table.milliseconds(median(isUnruly) { $0.quantile(share, hop) })
                }
            }
            let compared = [0.5, 0.95].flatMap { share -> [String] in
                let found = ratios { $0.quantile(share, hop) }
                return [Table.ratio(Statistics.median(found)), Self.spread(found)]
            }
            return [hop.title] + times + compared + [Self.spread(nullRatios { $0.quantile(0.5, hop) })]
        }
        return table
    }

    private var cpuTable: Table {
        var table = Table(header: ["who", "calm", "misbehaving", "more", "spread of the ratio"])
        let names = Set(segments.flatMap { $0.cpuSeconds.keys }).sorted()
        table.rows = names.map { name in
            let (calm, unruly) = (median(false) { $0.cores(name) }, median(true) { $0.cores(name) })
            let more = calm.flatMap { calm in unruly.map { $0 - calm } }
            let shares = [calm, unruly, more].map { Table.number($0.map { $0 * 100 }, digits: 1) }
            return [name] + shares + [Self.spread(ratios { $0.cores(name) })]
        }
        return table
    }

    private var misbehaviourTable: Table {
        var table = Table(
            header: [
                "condition", "flood events sent", "taken by martlet", "MiB sent", "MiB taken", "late answers",
                "watches ended with 410", "martlet MiB",
            ]
        )
        table.rows = [false, true].map { isUnruly in
            let rates: [(Int, (PacedSegment) -> Double)] = [
                (0, { Double($0.misbehaviour.floodEvents) }), (0, { $0.eventsTaken }),
                (2, { Double($0.misbehaviour.floodBytes) / 1_048_576 }), (2, { $0.bytesTaken / 1_048_576 }),
                (2, { Double($0.misbehaviour.lateAnswers) }), (2, { Double($0.misbehaviour.forgottenWatches) }),
            ]
            let cells = rates.map { digits, value in
                Table.number(median(isUnruly) { value($0) / $0.seconds }, digits: digits)
            }
            let memory = segments(isUnruly).map(\.residentBytes).max()
            return [isUnruly ? "misbehaving" : "calm"] + cells + [memory.map { Table.mebibytes($0) } ?? "-"]
        }
        return table
    }

    private static func spread(_ values: [Double]) -> String {
        guard let least = values.min(), let most = values.max() else { return "-" }
        return "\(Table.ratio(least)) … \(Table.ratio(most))"
    }
}

// MARK: - JSON

extension PacedReport {
    /// Everything, stretch by stretch.
    var json: JSON {
        [
            "rate": .int(Int64(settings.rate)), "flood": .int(Int64(settings.flood)),
            "segments": .array(segments.map(\.json)),
        ]
    }
}

extension PacedSegment {
    fileprivate var json: JSON {
        let hops = hops.map { hop, values in (hop.rawValue, JSON.array(values.map { .double($0) })) }
        let cpu = cpuSeconds.map { name, seconds in (name, JSON.double(seconds)) }
        return [
            "number": .int(Int64(number)), "misbehaving": .bool(isUnruly), "seconds": .double(seconds),
            "hops": .object(JSONObject(hops.sorted { $0.0 < $1.0 })),
            "cpuSeconds": .object(JSONObject(cpu.sorted { $0.0 < $1.0 })),
            "standIns": misbehaviour.json, "eventsTaken": .double(eventsTaken), "bytesTaken": .double(bytesTaken),
            "residentBytes": .int(residentBytes),
        ]
    }
}
