import Foundation

/// What the benchmark of relaying runs, from its arguments.
struct RelaySettings: Sendable {
    let rounds: Int
    /// How much flows in a trial, through all of its streams together; of both ways, half.
    let mebibytes: Int
    /// How many streams share it.
    let streams: [Int]
    /// Where the results go as JSON.
    let json: String
    let martlet: String
    /// This program.
    let bench: String

    /// - Throws: `BenchmarkError` for arguments that cannot be understood.
    init(arguments: [String]) throws(BenchmarkError) {
        var options = try Options(arguments)
        guard let bench = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw BenchmarkError("/proc/self/exe cannot be read; is /proc mounted?")
        }
        self.bench = bench
        rounds = max(1, try options.number("rounds") ?? 3)
        mebibytes = max(1, try options.number("mebibytes") ?? 1024)
        streams = try options.numbers("streams") ?? [1, 4, 200]
        json = options.text("json") ?? "bench-relay.json"
        martlet = try options.required("martlet")
        try options.checkAllUsed()
    }
}

/// Which way bytes flow.
enum RelayWay: String, CaseIterable, Sendable {
    case down, up, both

    var title: String {
        switch self {
        case .down: "to the client"
        case .up: "to the server"
        case .both: "both ways"
        }
    }

    /// What flows through each of so many streams that share it.
    func volume(bytes: Int, streams: Int) -> RelayVolume {
        let share = bytes / streams
        return switch self {
        case .down: RelayVolume(down: share, up: 0)
        case .up: RelayVolume(down: 0, up: share)
        case .both: RelayVolume(down: share / 2, up: share / 2)
        }
    }
}

/// What stands between client and server.
enum RelayMiddle: String, CaseIterable, Sendable {
    case nothing, martlet, nginx
}

/// One run of the client.
struct RelayTrial: Sendable {
    let way: RelayWay
    let streams: Int
    let middle: RelayMiddle
    let round: Int

    var description: String { "\(way.title), \(streams) streams, \(middle.rawValue) between, round \(round)" }

    /// Each way with each number of streams past everything that may stand between, in turn, in each round; each round
    /// begins with another, so that none is always the one after the same.
    static func all(rounds: Int, streams: [Int]) -> [RelayTrial] {
        (1...max(1, rounds)).flatMap { round -> [RelayTrial] in
            let middles = RelayMiddle.allCases
            let first = (round - 1) % middles.count
            let order = Array(middles[first...] + middles[..<first])
            return RelayWay.allCases.flatMap { way in
                streams.flatMap { count in
                    order.map { RelayTrial(way: way, streams: count, middle: $0, round: round) }
                }
            }
        }
    }
}

/// What came of a trial.
struct RelayResult: Sendable {
    let trial: RelayTrial
    let measurement: RelayMeasurement
    /// Everything that flowed, either way, without the bytes that begin and end a stream.
    let bytes: Int

    var mebibytesPerSecond: Double { Double(bytes) / 1_048_576 / measurement.seconds }

    /// Of what stands between, or of the process named.
    func share(_ name: String? = nil) -> RelayMeasurement.Share? { measurement.shares[name ?? trial.middle.rawValue] }

    func cpuSecondsPerGibibyte(_ name: String? = nil) -> Double? {
        share(name).map { $0.cpuSeconds * 1_073_741_824 / Double(bytes) }
    }
}
