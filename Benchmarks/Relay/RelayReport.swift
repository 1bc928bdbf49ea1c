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
            "Memory: the most while bytes flow, MiB", memory.text,
            "Memory that each stream takes before a byte flows, KiB: the most of all trials with so many",
            openStreams.text,
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
        table(Self.relays.map(\.rawValue)) { way, streams in
            Self.relays.map { middle in
                let peak = median(way, streams, middle) { $0.share().map { Double($0.peakBytes) / 1_048_576 } }
                return Table.number(peak, digits: 1)
            }
        }
    }

    private var openStreams: Table {
        var table = Table(header: ["streams"] + Self.relays.map(\.rawValue))
        for streams in settings.streams {
            let each = Self.relays.map { openBytes(streams, $0).map { Double($0) / Double(streams) } }
            table.rows.append(["\(streams)"] + each.map { Table.kibibytes($0) })
        }
        return table
    }

    private static let relays: [RelayMiddle] = [.martlet, .nginx]

    /// The most that so many open streams took together: a process that had as many before has their memory still, and
    /// takes little or nothing for those that come then.
    func openBytes(_ streams: Int, _ middle: RelayMiddle) -> Int64? {
        let trials = results.filter { $0.trial.streams == streams && $0.trial.middle == middle }
        return trials.compactMap { $0.share()?.openBytes }.max()
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
