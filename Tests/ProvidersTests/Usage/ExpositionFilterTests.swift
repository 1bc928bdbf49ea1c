import KubeModel
import Testing

@testable import Providers

@Suite struct ExpositionFilterTests {
    static let subjects: UsageSubjects = {
        var subjects = UsageSubjects()
        subjects.add(
            UsageSubjects.Subject(
                podUID: "0000-pod",
                key: ObjectKey(namespace: "shop", name: "web-0"),
                instanceUID: "1111-delegate",
                start: 100,
                containerStarts: ["main": 101]
            ),
            at: ObjectKey(namespace: "shop-abc", name: "web-0")
        )
        return subjects
    }()

    private func page(_ page: MetricsPage, _ text: String) -> UsagePage {
        var filter = ExpositionFilter(page, of: Self.subjects)
        for line in Array(text.utf8).split(separator: UInt8(ascii: "\n")) { filter.take(line) }
        return filter.result
    }

    private func text(_ page: UsagePage) -> String { String(decoding: page.exposition.pieces.joined(), as: UTF8.self) }

    @Test func `What a kubelet of 1.20 says of a delegate is said of its pod, and of nothing else`() {
        let result = page(
            .resource,
            """
            # HELP container_cpu_usage_seconds_total [ALPHA] Cumulative cpu time consumed by the container in core-seconds
            # TYPE container_cpu_usage_seconds_total counter
            container_cpu_usage_seconds_total{container="main",namespace="shop-abc",pod="web-0"} 1.5 1700000000123
            container_cpu_usage_seconds_total{container="main",namespace="kube-system",pod="web-0"} 9 1700000000123
            container_cpu_usage_seconds_total{container="main",namespace="shop-abc",pod="web-01"} 9 1700000000123
            # TYPE container_memory_working_set_bytes gauge
            container_memory_working_set_bytes{container="main",namespace="shop-abc",pod="web-0"} 4096 1700000000123
            # TYPE node_cpu_usage_seconds_total counter
            node_cpu_usage_seconds_total 4000 1700000000123
            # TYPE pod_cpu_usage_seconds_total counter
            pod_cpu_usage_seconds_total{namespace="shop-abc",pod="web-0"} 1.75 1700000000123
            # TYPE scrape_error gauge
            scrape_error 0
            """
        )
        #expect(
            text(result) == """
                # HELP container_cpu_usage_seconds_total [ALPHA] Cumulative cpu time consumed by the container in core-seconds
                # TYPE container_cpu_usage_seconds_total counter
                container_cpu_usage_seconds_total{namespace="shop",pod="web-0",container="main"} 1.5 1700000000123
                # TYPE container_memory_working_set_bytes gauge
                container_memory_working_set_bytes{namespace="shop",pod="web-0",container="main"} 4096 1700000000123
                # HELP container_start_time_seconds Start time of the container since unix epoch in seconds
                # TYPE container_start_time_seconds gauge
                container_start_time_seconds{namespace="shop",pod="web-0",container="main"} 101
                # TYPE pod_cpu_usage_seconds_total counter
                pod_cpu_usage_seconds_total{namespace="shop",pod="web-0"} 1.75 1700000000123

                """
        )
        let reading = UsageReading(
            instanceUID: "1111-delegate",
            start: 100,
            cpuSeconds: 1.75,
            memoryBytes: 4096,
            time: 1_700_000_000.123
        )
        #expect(result.readings == [reading])
    }

    @Test(arguments: [
        (MetricsPage.resource, "scrape_error"), (.resource, "resource_scrape_error"),
        (.cadvisor, "container_scrape_error"),
    ])
    func `A kubelet that could not read its containers says so, and the page has a gap`(kind: MetricsPage, name: String)
    {
        #expect(page(kind, "# TYPE \(name) gauge\n\(name) 0").gaps.isEmpty)
        #expect(
            page(kind, "# TYPE \(name) gauge\n\(name) 1").gaps == ["the kubelet could not read all of its containers"]
        )
        // Of the machine no page of ours speaks.
        #expect(page(kind, "machine_scrape_error 1").gaps.isEmpty)
    }

    @Test func `Families of newer kubelets go along, and their start times stay`() {
        let lines = """
            # TYPE container_start_time_seconds gauge
            container_start_time_seconds{container="main",namespace="shop-abc",pod="web-0"} 1.7e+09
            # TYPE container_swap_usage_bytes gauge
            container_swap_usage_bytes{container="main",namespace="shop-abc",pod="web-0"} 7 1
            container_cpu_usage_seconds_total{container="main",namespace="shop-abc",pod="web-0"} 2 1700000000000
            """
        let result = page(.resource, lines)
        #expect(
            text(result).contains(
                #"container_start_time_seconds{namespace="shop",pod="web-0",container="main"} 1.7e+09"#
            )
        )
        #expect(!text(result).contains("} 101"))
        #expect(
            text(result).contains(#"container_swap_usage_bytes{namespace="shop",pod="web-0",container="main"} 7 1"#)
        )
        // No pod as a whole: its containers are what is known.
        #expect(result.readings.map(\.container) == ["main"])
        #expect(result.readings.first?.start == 1_700_000_000)
    }

    @Test func `Containers that began before their pod are an earlier pod's of its name`() {
        func lines(_ start: Double) -> String {
            """
            # TYPE container_cpu_usage_seconds_total counter
            container_cpu_usage_seconds_total{container="main",namespace="shop-abc",pod="web-0"} 900 1700000000000
            container_memory_working_set_bytes{container="main",namespace="shop-abc",pod="web-0"} 4096 1700000000000
            container_start_time_seconds{container="main",namespace="shop-abc",pod="web-0"} \(start)
            pod_cpu_usage_seconds_total{namespace="shop-abc",pod="web-0"} 901 1700000000000
            """
        }
        // The pod began at 100, told in whole seconds.
        let earlier = page(.resource, lines(98.5))
        #expect(earlier.exposition.isEmpty)
        #expect(earlier.readings.isEmpty)
        #expect(page(.resource, lines(99.5)).readings.map(\.cpuSeconds) == [901])
    }

    @Test func `A counter is told where it stands for its reader, its time as it was`() {
        var filter = ExpositionFilter(
            .resource,
            of: Self.subjects,
            CounterVoice { $0.container.isEmpty ? $1 : $1 - 0.5 }
        )
        let lines = """
            container_cpu_usage_seconds_total{container="main",namespace="shop-abc",pod="web-0"} 2.75e+00 1700000000123
            pod_cpu_usage_seconds_total{namespace="shop-abc",pod="web-0"} 3e+00 1700000000123
            """
        for line in Array(lines.utf8).split(separator: UInt8(ascii: "\n")) { filter.take(line) }
        let told = text(filter.result)
        #expect(told.contains(#"{namespace="shop",pod="web-0",container="main"} 2.25 1700000000123"#))
        #expect(told.contains(#"pod_cpu_usage_seconds_total{namespace="shop",pod="web-0"} 3e+00 1700000000123"#))
    }

    @Test func `UIDs and control groups are those of the pod; what was escaped stays so`() {
        let cadvisor = """
            # TYPE container_fs_reads_total counter
            container_fs_reads_total{container="main",id="/kubepods/pod1111-delegate/abc",image="a",name="x\\"}y",namespace="shop-abc",pod="web-0"} 1
            container_fs_reads_total{container="",id="/",image="",name="",namespace="",pod=""} 5
            container_fs_reads_total{container="main",id="/kubepods-pod1111_delegate.slice",image="a",name="z",namespace="shop-abc",pod="web-0"} 2
            """
        #expect(
            text(page(.cadvisor, cadvisor)) == """
                # TYPE container_fs_reads_total counter
                container_fs_reads_total{namespace="shop",pod="web-0",container="main",id="/kubepods/pod0000-pod/abc",image="a",name="x\\"}y"} 1
                container_fs_reads_total{namespace="shop",pod="web-0",container="main",id="/kubepods-pod0000_pod.slice",image="a",name="z"} 2

                """
        )
        let probes = """
            # TYPE prober_probe_duration_seconds histogram
            prober_probe_duration_seconds_bucket{container="main",namespace="shop-abc",pod="web-0",pod_uid="1111-delegate",le="+Inf"} 3
            prober_probe_duration_seconds_sum{container="main",namespace="shop-abc",pod="web-0",pod_uid="1111-delegate"} 4
            """
        #expect(
            text(page(.probes, probes)) == """
                # TYPE prober_probe_duration_seconds histogram
                prober_probe_duration_seconds_bucket{namespace="shop",pod="web-0",container="main",pod_uid="0000-pod",le="+Inf"} 3
                prober_probe_duration_seconds_sum{namespace="shop",pod="web-0",container="main",pod_uid="0000-pod"} 4

                """
        )
    }

    @Test(arguments: [
        "", "{", "x{", "x{a", "x{a=", "x{a=\"", "x{a=\"\\", "x{a=\"b\"", "x{a=\"b\"}", "x{a=\"b\"}1", " 1", "# TYPE",
        "#",
        "x{namespace=\"shop-abc\",pod=\"web-0\"", "x{namespace=\"shop-abc\" pod=\"web-0\"}",
        "x{namespace=\"shop-abc\"}{pod=\"web-0\"} 1", "x{namespace=\"shop-abc\",pod=\"web-0\"} many",
        "x{namespace=\"shop-abc\",pod=\"web-0\"} 1 soon", "x{namespace=\"shop-abc\",pod=\"web-0\"} 1 2 3",
    ])
    func `What is not of the format is left out`(line: String) {
        var filter = ExpositionFilter(.resource, of: Self.subjects)
        filter.take(Array(line.utf8)[...])
        #expect(filter.result.exposition.isEmpty)
    }

    @Test func `What is kept of comments counts as well, and is nothing to be shown by itself`() {
        var filter = ExpositionFilter(.cadvisor, of: Self.subjects)
        filter.take(Array("# HELP family words".utf8)[...])
        filter.take(Array("# TYPE family gauge".utf8)[...])
        #expect(filter.byteCount == 2 * "family".count + "words".count + "gauge".count)
        #expect(filter.result.exposition.isEmpty)
    }

    @Test func `Parts of several nodes are one page, each family once`() {
        let line = #"a{namespace="shop-abc",pod="web-0"} 1"#
        var whole = Exposition()
        for _ in 0..<2 { whole.merge(page(.cadvisor, "# TYPE a gauge\n\(line)").exposition) }
        let sample = "a{namespace=\"shop\",pod=\"web-0\"} 1\n"
        #expect(String(decoding: whole.pieces.joined(), as: UTF8.self) == "# TYPE a gauge\n" + sample + sample)
    }
}
