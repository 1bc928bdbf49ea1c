import KubeModel
import Testing

@testable import Benchmarks

@Suite("What the paced load among clusters that misbehave comes to")
struct PacedTests {
    @Test("Conditions follow one another so that each has a neighbour of either kind")
    func order() {
        let block = [false, true, true, false]
        #expect(PacedTrial.order(blocks: 2) == block + block)
        #expect(PacedTrial.order(blocks: 0).isEmpty)
    }

    @Test("Ratios are of misbehaving to calm whichever comes first, and null ratios of equals that are neighbours")
    func ratios() throws {
        // Calm, unruly, unruly, calm, twice.
        let medians = [2.0, 3, 5, 4, 8, 8, 8, 16]
        let segments = zip(medians, PacedTrial.order(blocks: 2)).enumerated().map { number, segment in
            Self.segment(number, isUnruly: segment.1, median: segment.0)
        }
        let arguments = ["--martlet", "/bin/true", "--blocks", "2"]
        let report = PacedReport(settings: try ScaleSettings(arguments: arguments), segments: segments)
        #expect(report.ratios { $0.median(.podReleased) } == [1.5, 1.25, 1, 0.5])
        #expect(report.nullRatios { $0.median(.podReleased) } == [5.0 / 3, 2, 1])
        #expect(report.ratios { $0.median(.delegateCreated) }.isEmpty)
        #expect(report.text.contains("0.50 … 1.50"))
        #expect(report.json.at("segments")?.array?.count == 8)
    }

    @Test("Stand-ins have misbehaved once each has in its way")
    func misbehaviour() {
        var earlier = StandInCounts()
        earlier.lateAnswers = 7
        var later = earlier
        later.floodEvents = 1000
        later.forgottenWatches = 1
        #expect(!later.hasMisbehaved(since: earlier))
        later.lateAnswers = 8
        #expect(later.hasMisbehaved(since: earlier))
        #expect(StandInCounts(later.json) == later)
    }

    @Test("The machine is busy for as long as it is neither idle nor waits for a disk")
    func busy() {
        #expect(CPUMeter.busyTicks(stat: "cpu  10 1 20 5000 300 4 5 6 7 8\ncpu0 1 1 1 1 1 1 1 1 1 1\n") == 46)
        #expect(CPUMeter.busyTicks(stat: "cpu0 10 1 20 5000 300 4 5 6 7 8\n") == nil)
        #expect(CPUMeter.busyTicks(stat: "cpu  10 1\n") == nil)
    }

    @Test("Parts of the benchmark of many clusters are named one by one")
    func parts() throws {
        let settings = try ScaleSettings(arguments: ["--martlet", "/bin/true", "--parts", "paced,idle"])
        #expect(settings.parts == [.idle, .paced])
        #expect(throws: BenchmarkError.self) {
            try ScaleSettings(arguments: ["--martlet", "/bin/true", "--parts", "paced,loud"])
        }
        #expect(throws: BenchmarkError.self) {
            try ScaleSettings(arguments: ["--martlet", "/bin/true", "--rate", "0"])
        }
    }

    private static func segment(_ number: Int, isUnruly: Bool, median: Double) -> PacedSegment {
        PacedSegment(
            number: number,
            isUnruly: isUnruly,
            seconds: 40,
            hops: [.podReleased: [median - 1, median, median + 10]],
            cpuSeconds: ["martlet": median],
            misbehaviour: StandInCounts(),
            eventsTaken: 0,
            bytesTaken: 0,
            residentBytes: 1 << 20
        )
    }
}
