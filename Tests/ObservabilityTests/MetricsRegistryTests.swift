import Observability
import Testing

@Suite struct MetricsRegistryTests {
    private let registry = MetricsRegistry()

    @Test("The text has one head per name, names and labels in order, and plain numbers")
    func text() {
        registry.gauge("martlet_up", help: "Whether it is up.").set(1)
        registry.counter("martlet_calls_total", help: "Calls.", labels: ["verb": "list", "code": "200"]).increment()
        registry.counter("martlet_calls_total", help: "Calls.", labels: ["verb": "get", "code": "200"])
            .increment(by: 2.5)
        #expect(
            registry.text() == """
                # HELP martlet_calls_total Calls.
                # TYPE martlet_calls_total counter
                martlet_calls_total{code="200",verb="get"} 2.5
                martlet_calls_total{code="200",verb="list"} 1
                # HELP martlet_up Whether it is up.
                # TYPE martlet_up gauge
                martlet_up 1

                """
        )
    }

    @Test("A histogram is written with cumulative buckets, the sum and the count")
    func histogram() {
        let histogram = registry.histogram("h_seconds", help: "H.", labels: ["a": "b"], buckets: [0.1, 1])
        for value in [0.0625, 0.5, 0.75, 5] { histogram.observe(value) }
        #expect(
            registry.text() == """
                # HELP h_seconds H.
                # TYPE h_seconds histogram
                h_seconds_bucket{a="b",le="0.1"} 1
                h_seconds_bucket{a="b",le="1"} 3
                h_seconds_bucket{a="b",le="+Inf"} 4
                h_seconds_sum{a="b"} 6.3125
                h_seconds_count{a="b"} 4

                """
        )
    }

    @Test(
        "Label values are escaped",
        arguments: [
            ("a\\b", #"a\\b"#), ("a\"b", #"a\"b"#), ("a\nb", #"a\nb"#), ("a\r\nb", "a\r\\nb"), ("ü", "ü"),
        ]
    )
    func labelEscaping(value: String, expected: String) {
        registry.gauge("g", help: "G", labels: ["l": value]).set(0)
        #expect(registry.text().contains("g{l=\"\(expected)\"} 0\n"))
    }

    @Test("Help escapes line ends and backslashes, but no quotes")
    func helpEscaping() {
        registry.gauge("g", help: "a\\b\n\"c\"").set(0)
        #expect(registry.text().hasPrefix(#"# HELP g a\\b\n"c""# + "\n# TYPE g gauge\n"))
    }

    @Test(
        "Numbers are written as Go reads them",
        arguments: [
            (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0, "0"), (-3, "-3"), (0.25, "0.25"),
            (1_700_000_000, "1700000000"), (1e21, "1e+21"),
        ]
    )
    func numbers(value: Double, expected: String) {
        registry.gauge("g", help: "G").set(value)
        #expect(registry.text().hasSuffix("\ng \(expected)\n"))
    }

    @Test("Asking twice gives the same metric")
    func sameMetric() {
        registry.counter("c_total", help: "C", labels: ["a": "1", "b": "2"]).increment()
        registry.counter("c_total", help: "C", labels: ["b": "2", "a": "1"]).increment(by: 2)
        #expect(registry.counter("c_total", help: "C", labels: ["a": "1", "b": "2"]).value == 3)
        #expect(registry.counter("c_total", help: "C", labels: ["a": "1"]).value == 0)
    }

    @Test("An observed value is read each time, and left out when there is none")
    func callback() {
        let source = registry.gauge("source", help: "S")
        registry.observe("seen", help: "Seen") { source.value < 0 ? nil : source.value * 2 }
        source.set(4)
        #expect(registry.text().contains("# TYPE seen gauge\nseen 8\n"))
        source.set(-1)
        #expect(!registry.text().contains("seen"))
    }

    @Test("Series are removed by their labels, and the others stay")
    func removal() {
        for cluster in ["a", "b"] {
            registry.gauge("g", help: "G", labels: ["cluster": cluster, "x": "1"]).set(1)
        }
        registry.gauge("h", help: "H").set(1)
        registry.removeSeries(matching: ["cluster": "a"])
        #expect(!registry.text().contains("cluster=\"a\""))
        #expect(registry.text().contains("g{cluster=\"b\",x=\"1\"} 1\n"))
        #expect(registry.text().contains("h 1\n"))
    }

    @Test("Nothing is lost when many tasks count at once")
    func concurrency() async {
        let registry = registry
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<500 {
                        registry.counter("c_total", help: "C").increment()
                        registry.gauge("g", help: "G").add(-1)
                        registry.histogram("h", help: "H").observe(.milliseconds(1))
                    }
                }
            }
        }
        #expect(registry.counter("c_total", help: "C").value == 4000)
        #expect(registry.gauge("g", help: "G").value == -4000)
        #expect(registry.histogram("h", help: "H").snapshot.count == 4000)
    }

    @Test("One name cannot be two kinds of metric, and names are checked")
    func programmingErrors() async {
        await #expect(processExitsWith: .failure) {
            let registry = MetricsRegistry()
            _ = registry.counter("x", help: "X")
            _ = registry.gauge("x", help: "X")
        }
        await #expect(processExitsWith: .failure) {
            _ = MetricsRegistry().counter("9 lives", help: "X")
        }
        await #expect(processExitsWith: .failure) {
            _ = MetricsRegistry().counter("x", help: "X", labels: ["le": "1"])
        }
    }
}
