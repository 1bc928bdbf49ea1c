extension BenchmarkReport {
    /// The tables for people.
    var text: String {
        [
            "Times (median of \(settings.rounds) rounds, s; ratios are medians of the rounds' ratios)", times.text,
            "Latency of each hop (ms, all rounds)", hops.text,
            "Cost per pod of what stands between the clusters (median; bytes of bodies)", traffic.text,
            "CPU and memory of what stands between the clusters (median)", usage.text,
        ].joined(separator: "\n\n")
    }

    private var times: Table {
        var table = Table(header: [
            "pods", "what", "direct (a)", "martlet (b)", "bare (c)", "b/c", "b/a",
        ])
        for size in settings.sizes {
            for measure in Measure.allCases {
                table.rows.append(
                    ["\(size)", measure.rawValue]
                        + Variant.allCases.map { Table.seconds(median($0, size, measure.seconds)) }
                        + [
                            Table.ratio(ratio(size, to: .bare, measure.seconds)),
                            Table.ratio(ratio(size, to: .direct, measure.seconds)),
                        ]
                )
            }
        }
        return table
    }

    private var hops: Table {
        var table = Table(header: [
            "pods", "hop", "martlet p50", "p95", "p99", "bare p50", "p95", "p99",
        ])
        for size in settings.sizes {
            for hop in Hop.allCases {
                let cells = [Variant.martlet, .bare].flatMap { variant in
                    let values = latencies(hop, variant, size)
                    return [0.5, 0.95, 0.99].map { Table.milliseconds(Statistics.quantile($0, of: values)) }
                }
                table.rows.append(["\(size)", hop.title] + cells)
            }
        }
        return table
    }

    private var traffic: Table {
        var table = Table(header: ["pods", "variant", "cluster", "calls", "KiB sent", "KiB received", "calls by kind"])
        for size in settings.sizes {
            for variant in [Variant.martlet, .bare] {
                for cluster in ["origin", "remote"] {
                    guard let traffic = traffic(variant, size, cluster) else { continue }
                    table.rows.append([
                        "\(size)", variant.rawValue, cluster,
                        Table.number(traffic.calls, digits: 2), Table.kibibytes(traffic.sentBytes),
                        Table.kibibytes(traffic.receivedBytes), traffic.kinds,
                    ])
                }
            }
        }
        return table
    }

    private var usage: Table {
        var table = Table(header: [
            "pods", "martlet CPU s", "bare CPU s", "b/c", "martlet peak MiB", "bare peak MiB",
        ])
        for size in settings.sizes {
            let peaks = [Variant.martlet, .bare].map { variant in
                median(variant, size) { $0.cost.map { Double($0.peakBytes) } }
            }
            table.rows.append(
                [
                    "\(size)",
                    Table.seconds(median(.martlet, size) { $0.cost?.cpuSeconds }),
                    Table.seconds(median(.bare, size) { $0.cost?.cpuSeconds }),
                    Table.ratio(ratio(size, to: .bare) { $0.cost?.cpuSeconds }),
                ] + peaks.map { $0.map { Table.mebibytes(Int64($0)) } ?? "-" }
            )
        }
        return table
    }
}

extension APITraffic {
    /// The calls that make up one in a hundred of a pod's or more.
    fileprivate var kinds: String {
        byKind.filter { $0.value >= 0.01 }.sorted { $0.key < $1.key }
            .map { "\($0.key) \(Table.number($0.value, digits: 2))" }
            .joined(separator: ", ")
    }
}
