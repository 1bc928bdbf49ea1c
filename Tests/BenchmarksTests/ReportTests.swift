import KubeModel
import Testing

@testable import Benchmarks

@Suite("Reports")
struct ReportTests {
    @Test("A ratio is the median of the rounds' own ratios")
    func ratio() throws {
        // By rounds 2.0, 1.0 and 3.0; the ratio of the medians would be 1.5.
        let report = try Self.report([
            Self.trial(.martlet, 1, create: 2), Self.trial(.bare, 1, create: 1),
            Self.trial(.martlet, 2, create: 3), Self.trial(.bare, 2, create: 3),
            Self.trial(.martlet, 3, create: 6), Self.trial(.bare, 3, create: 2),
        ])
        #expect(report.ratio(10, to: .bare) { $0.createSeconds } == 2)
        #expect(report.median(.martlet, 10) { $0.createSeconds } == 3)
    }

    @Test("A round that one variant has not done, and one that took no time, have no ratio")
    func missing() throws {
        let report = try Self.report([
            Self.trial(.martlet, 1, create: 2), Self.trial(.martlet, 2, create: 3), Self.trial(.bare, 2, create: 0),
        ])
        #expect(report.ratio(10, to: .bare) { $0.createSeconds } == nil)
        #expect(report.ratio(10, to: .direct) { $0.createSeconds } == nil)
        #expect(report.ratio(10, to: .martlet) { $0.createSeconds } == 1)
    }

    @Test("Text and JSON have every trial and the ratios")
    func written() throws {
        let report = try Self.report([
            Self.trial(.direct, 1, create: 1), Self.trial(.martlet, 1, create: 4), Self.trial(.bare, 1, create: 2),
        ])
        let cells = report.text.split(separator: "\n").first { $0.contains("create → all Ready") }?
            .split(separator: "|").map { $0.filter { $0 != " " } }
        #expect(cells?.suffix(5) == ["1.00", "4.00", "2.00", "2.00", "4.00"])
        #expect(report.json["trials"]?.array?.count == 3)
        let summary = report.json["summary"]?[0]
        #expect(summary?.at("create", "martletToBare")?.double == 2)
        #expect(summary?.at("create", "martletToDirect")?.double == 4)
        #expect(report.json["managedFields"]?.bool == true)
    }

    @Test("What managedFields cost is told of each variant, CPU and bytes of those that are between the clusters")
    func managedFields() throws {
        let with = try Self.report([
            Self.trial(.direct, 1, create: 2), Self.trial(.martlet, 1, create: 6, cpu: 3, received: 2048),
        ])
        let without = try Self.report([
            Self.trial(.direct, 1, create: 2), Self.trial(.martlet, 1, create: 4, cpu: 2, received: 1024),
        ])
        let figures = ManagedFieldsComparison(with: with, without: without).json.array ?? []
        func ratio(_ variant: Variant, _ what: String) -> Double? {
            let figure = figures.first {
                $0["variant"]?.string == variant.rawValue && $0["what"]?.string == what
            }
            return figure?["ratio"]?.double
        }
        #expect(ratio(.direct, "create, s") == 1)
        #expect(ratio(.direct, "CPU, s") == nil)
        #expect(ratio(.martlet, "create, s") == 1.5)
        #expect(ratio(.martlet, "CPU, s") == 1.5)
        #expect(ratio(.martlet, "KiB received per pod") == 2)
        #expect(ratio(.bare, "create, s") == nil)
    }

    private static func report(_ results: [TrialResult]) throws -> BenchmarkReport {
        BenchmarkReport(
            results: results,
            release: "v1.20.2",
            managedFields: .on,
            settings: try BenchmarkSettings(arguments: ["--sizes", "10", "--martlet", "/bin/true"])
        )
    }

    private static func trial(
        _ variant: Variant,
        _ round: Int,
        create: Double,
        cpu: Double? = nil,
        received: Double = 0
    ) -> TrialResult {
        let cost = cpu.map { cpu in
            ContenderCost(
                cpuSeconds: cpu,
                peakBytes: 1,
                traffic: ["origin": APITraffic(calls: 2, receivedBytes: received)],
                hops: [.delegateCreated: [0.5]]
            )
        }
        return TrialResult(
            variant: variant,
            size: 10,
            round: round,
            createSeconds: create,
            removeSeconds: 1,
            cost: cost,
            loadBefore: 0
        )
    }
}
