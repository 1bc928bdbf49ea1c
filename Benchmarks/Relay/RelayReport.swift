import Foundation
import KubeModel

/// What came of the benchmark of relaying.
struct RelayReport: Sendable {
    let settings: RelaySettings
    /// The Kubernetes release of the origin.
    let release: String
    var results: [RelayResult] = []

    /// The tables for people.
    var text: String {
        [
            "\(settings.mebibytes) MiB through all streams together (Kubernetes \(release), medians of "
                + "\(settings.rounds) rounds; ratios are medians of the rounds' ratios)",
            throughput.text,
            "CPU while bytes flow, s per GiB; of the server too, to which the client is much alike", usage.text,
            "Memory: the most while bytes flow, MiB; and what an open stream takes before a byte flows, KiB",
            memory.text,
        ].joined(separator: "\n\n")
    }

    /// The median over the rounds.
    func median(_ way: RelayWay, _ streams: Int, _ middle: RelayMiddle, _ value: (RelayResult) -> Double?) -> Double? {
        Statistics.median(trials(way, streams, middle).compactMap(value))
    }

    /// The median over the rounds of martlet's throughput to another's.
    func ratio(_ way: RelayWay, _ streams: Int, to other: RelayMiddle) -> Double? {
        let others = trials(way, streams, other)
        let ratios = trials(way, streams, .martlet).compactMap { result in
            others.first { $0.trial.round == result.trial.round }
                .map { result.mebibytesPerSecond / $0.mebibytesPerSecond }
        }
        return Statistics.median(ratios)
    }

    private func trials(_ way: RelayWay, _ streams: Int, _ middle: RelayMiddle) -> [RelayResult] {
        results.filter { $0.trial.way == way && $0.trial.streams == streams && $0.trial.middle == middle }
    }

    /// A table with a row for each way and each number of streams.
    private func table(_ header: [String], _ cells: (RelayWay, Int) -> [String]) -> Table {
        var table = Table(header: ["bytes go", "streams"] + header)
        for way in RelayWay.allCases {
            for streams in settings.streams { table.rows.append([way.title, "\(streams)"] + cells(way, streams)) }
        }
        return table
    }

    private var throughput: Table {
        let header = ["direct MiB/s", "martlet MiB/s", "nginx MiB/s", "martlet/direct", "martlet/nginx"]
        return table(header) { way, streams in
            let rates = RelayMiddle.allCases.map { middle in
                Table.number(median(way, streams, middle) { $0.mebibytesPerSecond }, digits: 0)
            }
            let others: [RelayMiddle] = [.nothing, .nginx]
            return rates + others.map { Table.ratio(ratio(way, streams, to: $0)) }
        }
    }

    private var usage: Table {
        let header = ["martlet", "nginx", "martlet/nginx", "server, direct", "server, behind martlet"]
        return table(header) { way, streams in
            let martlet = median(way, streams, .martlet) { $0.cpuSecondsPerGibibyte() }
            let nginx = median(way, streams, .nginx) { $0.cpuSecondsPerGibibyte() }
            let ratio = martlet.flatMap { martlet in nginx.flatMap { $0 > 0 ? martlet / $0 : nil } }
            let servers = [RelayMiddle.nothing, .martlet].map { middle in
                Table.seconds(median(way, streams, middle) { $0.cpuSecondsPerGibibyte("server") })
            }
            return [Table.seconds(martlet), Table.seconds(nginx), Table.ratio(ratio)] + servers
        }
    }

    private var memory: Table {
        let header = ["martlet's most", "nginx's most", "martlet, each stream", "nginx, each stream"]
        return table(header) { way, streams in
            let middles: [RelayMiddle] = [.martlet, .nginx]
            let peaks = middles.map { middle in
                median(way, streams, middle) { $0.share().map { Double($0.peakBytes) / 1_048_576 } }
            }
            let each = middles.map { middle in
                median(way, streams, middle) { $0.share().map { Double($0.openBytes) / 1024 / Double(streams) } }
            }
            return (peaks + each).map { Table.number($0, digits: 1) }
        }
    }

    /// Everything, trial by trial.
    var json: JSON {
        [
            "kubernetes": .string(release), "mebibytes": .int(Int64(settings.mebibytes)),
            "cores": .int(Int64(ProcessInfo.processInfo.activeProcessorCount)),
            "trials": .array(
                results.map { result in
                    [
                        "way": .string(result.trial.way.rawValue), "streams": .int(Int64(result.trial.streams)),
                        "between": .string(result.trial.middle.rawValue), "round": .int(Int64(result.trial.round)),
                        "bytes": .int(Int64(result.bytes)), "measured": result.measurement.json,
                    ]
                }
            ),
        ]
    }
}
