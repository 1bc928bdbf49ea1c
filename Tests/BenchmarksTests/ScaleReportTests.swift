import Testing

@testable import Benchmarks

@Suite("What many clusters cost, held against the targets")
struct ScaleReportTests {
    @Test(
        "What an idle cluster takes too much is named",
        arguments: [
            (900 << 10, 6, 10.2, nil),
            (1 << 20, 6, 10.2, "an idle cluster takes 1024.0 KiB, not less than 1024"),
            (900 << 10, 16, 10.2, "an idle cluster takes 0.10 threads, not none"),
            (900 << 10, 6, 21, "a lease was not renewed for 21.0 s instead of ten"),
        ] as [(Int64, Int, Double, String?)]
    )
    func missed(bytes: Int64, threads: Int, gap: Double, expected: String?) throws {
        let settings = try ScaleSettings(arguments: ["--martlet", "/bin/true"])
        var report = ScaleReport(settings: settings, release: "v1.20.2")
        #expect(report.missed.isEmpty, "nothing was measured")
        report.idle = [
            Self.result(clusters: 2, bytes: 32 << 20, threads: 6, gap: 10),
            Self.result(clusters: 102, bytes: (32 << 20) + 100 * bytes, threads: threads, gap: gap),
        ]
        #expect(report.missed.first == expected)
        #expect(report.text.contains("Missed: ") == (expected != nil))
    }

    private static func result(clusters: Int, bytes: Int64, threads: Int, gap: Double) -> IdleTrial.Result {
        IdleTrial.Result(
            clusters: clusters,
            residentBytes: bytes,
            threads: threads,
            cpuSeconds: 1,
            seconds: 60,
            gaps: [gap],
            calls: 60,
            readySeconds: 1
        )
    }
}
