import KubeModel

/// What came of the benchmark of streams.
struct StreamReport: Sendable {
    let settings: StreamSettings
    let results: [StreamResult]
    let open: OpenStreams
    /// The most memory that martlet ever had.
    let peakBytes: Int64
    let release: String

    /// The tables for people.
    var text: String {
        [
            "Streams of \(settings.mebibytes) MiB (Kubernetes \(release), medians of \(settings.rounds) rounds)",
            throughput.text, "Open streams", openStreams.text,
        ].joined(separator: "\n\n")
    }

    private var throughput: Table {
        var table = Table(header: ["what", "direct MiB/s", "martlet MiB/s", "ratio", "martlet CPU s per GiB"])
        for work in StreamWork.allCases {
            let rates = StreamWay.allCases.map { way in
                median(work, way) { Double(settings.mebibytes) / $0.seconds }
            }
            let ratios = (1...max(1, settings.rounds)).compactMap { round in
                seconds(work, .direct, round).flatMap { direct in
                    seconds(work, .martlet, round).map { direct / $0 }
                }
            }
            table.rows.append(
                [work.title] + rates.map { Table.number($0, digits: 0) } + [
                    Table.ratio(Statistics.median(ratios)),
                    Table.seconds(median(work, .martlet) { $0.cpuSeconds * 1024 / Double(settings.mebibytes) }),
                ]
            )
        }
        return table
    }

    private var openStreams: Table {
        Table(
            header: ["streams", "KiB each", "threads more", "martlet's peak MiB, all trials"],
            rows: [
                [
                    "\(open.count)", Table.kibibytes(open.bytesPerStream), "\(open.threadsMore)",
                    Table.mebibytes(peakBytes),
                ]
            ]
        )
    }

    private func seconds(_ work: StreamWork, _ way: StreamWay, _ round: Int) -> Double? {
        results.first { $0.trial.work == work && $0.trial.way == way && $0.trial.round == round }?.seconds
    }

    private func median(_ work: StreamWork, _ way: StreamWay, _ value: (StreamResult) -> Double) -> Double? {
        Statistics.median(results.filter { $0.trial.work == work && $0.trial.way == way }.map(value))
    }

    /// Everything, trial by trial.
    var json: JSON {
        [
            "release": .string(release), "mebibytes": .int(Int64(settings.mebibytes)),
            "trials": .array(
                results.map { result in
                    [
                        "work": .string(result.trial.work.rawValue), "way": .string(result.trial.way.rawValue),
                        "round": .int(Int64(result.trial.round)), "seconds": .double(result.seconds),
                        "martletCPUSeconds": .double(result.cpuSeconds),
                    ]
                }
            ),
            "openStreams": [
                "count": .int(Int64(open.count)), "bytesEach": .double(open.bytesPerStream),
                "threadsMore": .int(Int64(open.threadsMore)),
            ],
            "peakBytes": .int(peakBytes),
        ]
    }
}
