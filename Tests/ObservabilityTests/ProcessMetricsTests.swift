import Testing

@testable import Observability

@Suite struct ProcessMetricsTests {
    @Test("Fields are found behind a command name that looks like fields")
    func parsing() {
        let tail = " S 1 2 3 0 -1 4 5 6 7 8 150 50 0 0 20 0 9 0 1000 4096000 25 99"
        let stat = ProcessStat("42 (a) b (c 1 2))" + tail, ticksPerSecond: 100, pageSize: 4096)
        #expect(stat?.cpuSeconds == 2)
        #expect(stat?.threads == 9)
        #expect(stat?.startSecondsAfterBoot == 10)
        #expect(stat?.virtualBytes == 4_096_000)
        #expect(stat?.residentBytes == 102_400)
    }

    @Test("What is no such file gives nothing", arguments: ["", "1 (a", "1 (a) S 1 2"])
    func malformed(text: String) {
        #expect(ProcessStat(text, ticksPerSecond: 100, pageSize: 4096) == nil)
    }

    @Test("The boot time is found among the other lines")
    func bootTime() {
        #expect(ProcessMetrics.bootTime("cpu 1 2\nbtime 1700000000\nprocesses 5\n") == 1_700_000_000)
        #expect(ProcessMetrics.bootTime("cpu 1 2\n") == nil)
    }

    @Test(
        "This process has sensible values",
        arguments: [
            ("process_cpu_seconds_total", 0.0, 1e6), ("process_resident_memory_bytes", 1e6, 1e12),
            ("process_virtual_memory_bytes", 1e6, 1e16), ("process_threads", 1, 1e5), ("process_open_fds", 3, 1e6),
            ("process_max_fds", 3, 1e19), ("process_start_time_seconds", 1.7e9, 1e11),
        ]
    )
    func live(name: String, least: Double, most: Double) throws {
        let registry = MetricsRegistry()
        ProcessMetrics.register(in: registry)
        let line = try #require(registry.text().split(separator: "\n").first { $0.hasPrefix(name + " ") })
        let value = try #require(Double(line.dropFirst(name.count + 1)))
        #expect(value >= least && value <= most)
    }
}
