import KubeModel
import TestSupport
import Testing

@testable import Providers

/// What the releases of metrics-server read of a page.
@Suite struct MetricsServerFormTests {
    private static let pod = ObjectKey(namespace: "shop", name: "web-0")

    /// What the pages of this pod say, its one container too.
    private static let usage = PodUsage(
        podUID: "pod-0",
        key: pod,
        instanceUID: "delegate-0",
        start: 90,
        cpuSeconds: 5,
        containers: [PodUsage.Container(name: "main", start: 100, cpuSeconds: 3, cores: 0.5, memoryBytes: 64)],
        time: 130
    )

    private static func point(_ form: MetricsServerForm, _ body: String) throws -> MetricsScrape.Point? {
        try form.scrape(Array(body.utf8)).containers[MetricsScrape.Container(pod: pod, name: "main")]
    }

    @Test func `Each finds in our own pages what it looks for`() throws {
        let summary = UsageSummary(of: [Self.usage]).pods.map { String(decoding: $0, as: UTF8.self) }.joined()
        let page = UsagePage(resourcesOf: [Self.usage]).exposition.pieces.joined()
        let rate = MetricsScrape.Point(cores: 0.5, memoryBytes: 64, time: 130_000)
        let counter = MetricsScrape.Point(cpuSeconds: 3, memoryBytes: 64, time: 130_000, start: 100)
        #expect(try Self.point(.rates, "{\"pods\": [\(summary)]}") == rate)
        #expect(try Self.point(.counters, "{\"pods\": [\(summary)]}") == counter)
        #expect(try Self.point(.resources, String(decoding: page, as: UTF8.self)) == counter)
    }

    /// What a summary says of a container, and who can read it.
    private struct Row: Sendable {
        var start = #""startTime": "2026-11-21T06:00:00Z", "#
        var cpu = #", "usageNanoCores": 1, "usageCoreNanoSeconds": 1"#
        var memory = #", "workingSetBytes": 1"#
        let readers: Set<MetricsServerForm>

        func container(_ name: String) -> String {
            let time = #""time": "2026-11-21T06:10:00Z""#
            return #"{"name": "\#(name)", \#(start)"cpu": {\#(time)\#(cpu)}, "memory": {\#(time)\#(memory)}}"#
        }
    }

    private static let whole = Row(readers: [.rates, .counters])
    private static let rows = [
        whole,
        Row(start: "", readers: [.rates]),
        Row(cpu: #", "usageCoreNanoSeconds": 1"#, readers: [.counters]),
        Row(cpu: #", "usageNanoCores": 1"#, readers: [.rates]),
        Row(cpu: #", "usageNanoCores": 0, "usageCoreNanoSeconds": 0"#, readers: [.rates]),
        Row(memory: #", "workingSetBytes": 0"#, readers: [.rates]),
        Row(memory: "", readers: []),
    ]

    @Test(arguments: rows.indices)
    func `A pod is dropped of which one container lacks what a release reads`(index: Int) throws {
        let row = Self.rows[index]
        let containers = "\(Self.whole.container("main")), \(row.container("side"))"
        let reference = #"{"namespace": "shop", "name": "web-0"}"#
        let body = #"{"pods": [{"podRef": \#(reference), "containers": [\#(containers)]}]}"#
        for form in [MetricsServerForm.rates, .counters] {
            #expect(try (Self.point(form, body) != nil) == row.readers.contains(form), "\(form)")
        }
    }
}
