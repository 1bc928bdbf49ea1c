import Foundation
import KubeModel

/// `martlet-bench relay-client`: opens streams, lets bytes flow through all of them at once, and tells how long that took
/// and what some processes used meanwhile, as JSON on its output.
struct RelayClientCommand: Sendable {
    /// An IPv4 address, which the server's certificate names.
    let host: String
    let port: UInt16
    /// Path and query; the volume of a stream is added to it as its command.
    let target: String
    let streams: Int
    /// Of each stream.
    let volume: RelayVolume
    /// PEM files: who vouches for the server, and who the client is.
    let authority: String
    let certificate: String
    let key: String
    /// Who is measured, by name.
    let processes: [String: Int32]

    init(arguments: [String]) throws(BenchmarkError) {
        var options = try Options(arguments)
        host = try options.required("host")
        guard let port = try options.number("port").flatMap({ UInt16(exactly: $0) }) else {
            throw BenchmarkError("--port must be a port")
        }
        self.port = port
        target = try options.required("target")
        streams = max(1, try options.number("streams") ?? 1)
        volume = RelayVolume(down: try options.number("down") ?? 0, up: try options.number("up") ?? 0)
        authority = try options.required("authority")
        certificate = try options.required("certificate")
        key = try options.required("key")
        let pairs = (options.text("processes") ?? "").split(separator: ",").map { $0.split(separator: "=") }
        processes = pairs.reduce(into: [:]) { result, pair in
            if pair.count == 2 { result[String(pair[0])] = Int32(pair[1]) }
        }
        try options.checkAllUsed()
    }

    func run() throws {
        let before = try usage()
        let engine = try RelayEngine()
        let context = try RelayTLSContext(server: false, certificate: certificate, key: key, authority: authority)
        let tally = RelayTally()
        let streams = try (0..<self.streams).map { _ in try stream(context, tally, engine) }
        try turn(engine, tally) { tally.open < streams.count }
        for id in processes.values { try Self.resetPeak(id) }
        let open = try usage()
        let start = ContinuousClock.now
        for stream in streams { stream.begin() }
        try turn(engine, tally) { tally.complete < streams.count }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let after = try usage()
        withExtendedLifetime(streams) {}
        print(RelayMeasurement(seconds: seconds, before: before, open: open, after: after).json.text)
    }

    private func stream(
        _ context: RelayTLSContext,
        _ tally: RelayTally,
        _ engine: RelayEngine
    ) throws(BenchmarkError) -> RelayClientStream {
        let tls = try context.connection(over: RelaySocket.connecting(to: host, port: port), to: host)
        let words = volume.words.map { "&command=\($0)" }.joined()
        let lines = [
            "GET \(target)\(words) HTTP/1.1", "Host: \(host):\(port)", "Connection: Upgrade", "Upgrade: SPDY/3.1",
            "X-Stream-Protocol-Version: v4.channel.k8s.io",
        ]
        let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        let stream = RelayClientStream(tls, request: request, volume, tally, engine)
        engine.wake(stream)
        return stream
    }

    private func turn(_ engine: RelayEngine, _ tally: RelayTally, while isWaiting: () -> Bool) throws {
        while isWaiting() {
            try engine.turn()
            if let failure = tally.failure { throw BenchmarkError(failure) }
        }
    }

    private func usage() throws -> [String: ProcessUsage] {
        try processes.mapValues { try ProcessUsage(processID: $0) }
    }

    /// Has the kernel count a process' most memory from now on (proc(5), clear_refs).
    private static func resetPeak(_ id: Int32) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "/proc/\(id)/clear_refs"))
        try file.write(contentsOf: Data("5".utf8))
        try file.close()
    }
}

/// What a client measured of one run.
struct RelayMeasurement: Sendable {
    /// What a process used.
    struct Share: Sendable, Equatable {
        /// While bytes flowed.
        let cpuSeconds: Double
        /// The most memory while bytes flowed.
        let peakBytes: Int64
        /// What all streams together took, before a byte went through them.
        let openBytes: Int64
    }

    /// From the first byte to the last, the streams being open.
    let seconds: Double
    let shares: [String: Share]

    init(
        seconds: Double,
        before: [String: ProcessUsage],
        open: [String: ProcessUsage],
        after: [String: ProcessUsage]
    ) {
        self.seconds = seconds
        var shares: [String: Share] = [:]
        for (name, end) in after {
            guard let first = before[name], let start = open[name] else { continue }
            shares[name] = Share(
                cpuSeconds: end.cpuSeconds - start.cpuSeconds,
                peakBytes: end.peakBytes,
                openBytes: start.residentBytes - first.residentBytes
            )
        }
        self.shares = shares
    }

    /// - Throws: `BenchmarkError` for what is none.
    init(_ json: JSON) throws(BenchmarkError) {
        guard let seconds = json["seconds"]?.double, seconds > 0, let members = json["shares"]?.object else {
            throw BenchmarkError("the client of the relay has told no time: \(json.text)")
        }
        self.seconds = seconds
        var shares: [String: Share] = [:]
        for (name, share) in members {
            shares[name] = Share(
                cpuSeconds: share["cpuSeconds"]?.double ?? 0,
                peakBytes: share["peakBytes"]?.int ?? 0,
                openBytes: share["openBytes"]?.int ?? 0
            )
        }
        self.shares = shares
    }

    var json: JSON {
        let members = shares.sorted { $0.key < $1.key }.map { name, share -> (String, JSON) in
            let members: JSON = [
                "cpuSeconds": .double(share.cpuSeconds), "peakBytes": .int(share.peakBytes),
                "openBytes": .int(share.openBytes),
            ]
            return (name, members)
        }
        return ["seconds": .double(seconds), "shares": .object(JSONObject(members))]
    }
}
