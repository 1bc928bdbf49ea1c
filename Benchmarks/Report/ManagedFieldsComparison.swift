import KubeModel

/// What managedFields cost: the same trials on clusters with them and on clusters without.
///
/// The two runs come one after the other, not in turn: a machine that was busier during one of them shows here.
struct ManagedFieldsComparison: Sendable {
    let with: BenchmarkReport
    let without: BenchmarkReport

    /// A figure that both runs have: the one with managedFields over the one without.
    private struct Figure {
        let size: Int
        let variant: Variant
        let title: String
        let with: Double?
        let without: Double?

        var ratio: Double? {
            guard let with, let without, without > 0 else { return nil }
            return with / without
        }
    }

    private var figures: [Figure] {
        with.settings.sizes.flatMap { size in
            with.settings.variants.flatMap { variant in
                Self.measures(variant).map { title, value in
                    Figure(
                        size: size,
                        variant: variant,
                        title: title,
                        with: with.median(variant, size, value),
                        without: without.median(variant, size, value)
                    )
                }
            }
        }
    }

    private typealias Measure = (title: String, value: @Sendable (TrialResult) -> Double?)

    private static func measures(_ variant: Variant) -> [Measure] {
        let times: [Measure] = [
            ("create, s", { $0.createSeconds }), ("remove, s", { $0.removeSeconds }),
        ]
        guard variant != .direct else { return times }
        let costs: [Measure] = [("CPU, s", { $0.cost?.cpuSeconds }), ("KiB received per pod", kibibytesReceived)]
        return times + costs
    }

    @Sendable private static func kibibytesReceived(_ trial: TrialResult) -> Double? {
        trial.cost.map { $0.traffic.values.reduce(0) { $0 + $1.receivedBytes } / 1024 }
    }

    /// The table for people.
    var text: String {
        var table = Table(header: ["pods", "variant", "what", "with", "without", "with/without"])
        table.rows = figures.map { figure in
            [
                "\(figure.size)", figure.variant.rawValue, figure.title, Table.number(figure.with, digits: 2),
                Table.number(figure.without, digits: 2), Table.ratio(figure.ratio),
            ]
        }
        return "What managedFields cost (medians; two runs, one after the other)\n\n" + table.text
    }

    var json: JSON {
        .array(
            figures.map { figure in
                [
                    "pods": .int(Int64(figure.size)), "variant": .string(figure.variant.rawValue),
                    "what": .string(figure.title), "with": figure.with.map(JSON.double) ?? .null,
                    "without": figure.without.map(JSON.double) ?? .null,
                    "ratio": figure.ratio.map(JSON.double) ?? .null,
                ]
            }
        )
    }
}
