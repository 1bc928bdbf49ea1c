import KubeModel
import Testing

@testable import Benchmarks

@Suite("What flows through a relay, and what is told of it")
struct RelayTests {
    @Test("An exec's command says how much flows, and nothing else does")
    func volumes() {
        let exec = "/api/v1/namespaces/default/pods/web/exec?container=main&command=10&stdin=true&command=20"
        #expect(RelayServerConnection.volume(of: exec[...]) == RelayVolume(down: 10, up: 20))
        let log = "/api/v1/namespaces/default/pods/web/log?command=10&command=20"
        #expect(RelayServerConnection.volume(of: log[...]) == nil)
        #expect(RelayServerConnection.volume(of: "/a/exec?command=10") == nil)
        #expect(RelayServerConnection.volume(of: "/a/exec?command=10&command=-1") == nil)
        #expect(RelayServerConnection.volume(of: "/a/exec") == nil)
        #expect(RelayVolume(words: RelayVolume(down: 1, up: 2).words) == RelayVolume(down: 1, up: 2))
    }

    @Test("Streams share what flows, and of both ways each has half")
    func shares() {
        #expect(RelayWay.down.volume(bytes: 1000, streams: 4) == RelayVolume(down: 250, up: 0))
        #expect(RelayWay.up.volume(bytes: 1000, streams: 1) == RelayVolume(down: 0, up: 1000))
        #expect(RelayWay.both.volume(bytes: 1000, streams: 2) == RelayVolume(down: 250, up: 250))
    }

    @Test("A server waits for the client's word, and gives its own when all has come and gone")
    func server() {
        var flow = RelayFlow(.server, RelayVolume(down: 5, up: 3))
        #expect(flow.allowed == 0)
        flow.receive(1)
        #expect(flow.allowed == 5)
        flow.send(5)
        #expect(flow.allowed == 5)
        flow.receive(3)
        #expect(flow.allowed == 6)
        #expect(!flow.isComplete)
        flow.send(1)
        #expect(flow.isComplete)
    }

    @Test("A client is through with all of the server's bytes and its word")
    func client() {
        var flow = RelayFlow(.client, RelayVolume(down: 5, up: 3))
        #expect(flow.allowed == 4)
        flow.send(4)
        flow.receive(5)
        #expect(!flow.isComplete)
        flow.receive(1)
        #expect(flow.isComplete)
    }

    @Test("Throughput and CPU are per GiB and second, ratios within a round")
    func report() throws {
        let arguments = ["--martlet", "/bin/true", "--streams", "1", "--rounds", "2"]
        var report = RelayReport(settings: try RelaySettings(arguments: arguments), release: "v1.20.2")
        for (round, seconds) in [(1, [1.0, 4, 2]), (2, [2.0, 4, 2])] {
            for (middle, seconds) in zip(RelayMiddle.allCases, seconds) {
                report.results.append(try Self.result(middle, round: round, seconds: seconds))
            }
        }
        #expect(report.ratio(.down, 1, to: .nothing) == 0.375)
        #expect(report.ratio(.down, 1, to: .nginx) == 0.5)
        #expect(report.ratio(.up, 1, to: .nginx) == nil)
        #expect(report.median(.down, 1, .martlet) { $0.mebibytesPerSecond } == 128)
        #expect(report.median(.down, 1, .martlet) { $0.cpuSecondsPerGibibyte() } == 6)
        #expect(report.text.contains("0.38"))
    }

    @Test("What open streams take is told by the trial that took the most, whichever way its bytes went")
    func openStreams() throws {
        let arguments = ["--martlet", "/bin/true", "--streams", "2", "--rounds", "1"]
        var report = RelayReport(settings: try RelaySettings(arguments: arguments), release: "v1.20.2")
        #expect(report.openBytes(2, .martlet) == nil)
        let opened: [(RelayWay, Int64)] = [(.down, 0), (.up, 126_976), (.both, -4096)]
        for (way, bytes) in opened {
            let trial = RelayTrial(way: way, streams: 2, middle: .martlet, round: 1)
            report.results.append(try Self.result(of: trial, seconds: 1, openBytes: bytes))
        }
        #expect(report.openBytes(2, .martlet) == 126_976)
        #expect(report.openBytes(2, .nginx) == nil)
        #expect(report.openBytes(1, .martlet) == nil)
        #expect(report.text.contains("62.0"))
    }

    @Test("Each round begins with another of what stands between")
    func order() {
        let trials = RelayTrial.all(rounds: 4, streams: [1])
        let orders = (1...4).map { round in
            trials.filter { $0.round == round && $0.way == .up }.map(\.middle)
        }
        let expected: [[RelayMiddle]] = [
            [.nothing, .martlet, .nginx], [.martlet, .nginx, .nothing], [.nginx, .nothing, .martlet],
            [.nothing, .martlet, .nginx],
        ]
        #expect(orders == expected)
        #expect(trials.count == 36)
    }

    @Test("A measurement is read as it was told, and none is refused")
    func measurement() throws {
        let result = try Self.result(.martlet, round: 1, seconds: 2)
        let read = try RelayMeasurement(result.measurement.json)
        #expect(read.seconds == 2)
        #expect(read.shares == result.measurement.shares)
        #expect(throws: BenchmarkError.self) { try RelayMeasurement(["shares": [:]]) }
    }

    /// Of 512 MiB to the client, for which whatever stands between used 3 s.
    private static func result(_ middle: RelayMiddle, round: Int, seconds: Double) throws -> RelayResult {
        try result(of: RelayTrial(way: .down, streams: 1, middle: middle, round: round), seconds: seconds)
    }

    private static func result(of trial: RelayTrial, seconds: Double, openBytes: Int64 = 1024) throws -> RelayResult {
        let share: JSON = ["cpuSeconds": 3, "peakBytes": 1_048_576, "openBytes": .int(openBytes)]
        return RelayResult(
            trial: trial,
            measurement: try RelayMeasurement([
                "seconds": .double(seconds), "shares": .object(JSONObject([(trial.middle.rawValue, share)])),
            ]),
            bytes: 512 << 20
        )
    }
}
