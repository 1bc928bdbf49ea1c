import KubeModel
import TestSupport
import Testing

/// What metrics-server drops, and why: the rules by which other tests judge pages.
@Suite struct MetricsStorageTests {
    /// What is told of a container.
    private struct Verdict: Equatable {
        let cores: Double?
        /// How many points it has no rate for, through who tells them.
        let faults: Int

        init(_ cores: Double?, faults: Int = 0) {
            self.cores = cores
            self.faults = faults
        }
    }

    private static let pod = ObjectKey(namespace: "shop", name: "web-0")

    private static func point(_ cpuSeconds: Double, at time: Double, since start: Double = 0) -> MetricsScrape.Point {
        MetricsScrape.Point(cpuSeconds: cpuSeconds, memoryBytes: 64, time: time * 1000, start: start)
    }

    private static func scrape(_ containers: [String: MetricsScrape.Point]) -> [String: MetricsScrape] {
        var scrape = MetricsScrape()
        for (name, point) in containers { scrape.containers[MetricsScrape.Container(pod: pod, name: name)] = point }
        return ["us-east": scrape]
    }

    /// What is told of the container "main" after these points of it.
    private static func verdict(_ points: [MetricsScrape.Point]) -> Verdict {
        var storage = MetricsStorage()
        for point in points { storage.store(scrape(["main": point])) }
        return Verdict(storage.podUsages[pod]?["main"]?.cores, faults: storage.faults.count)
    }

    @Test func `Two points of a container make a rate, one does not`() {
        #expect(Self.verdict([Self.point(50, at: 1000)]) == Verdict(nil))
        #expect(Self.verdict([Self.point(50, at: 1000), Self.point(80, at: 1060)]) == Verdict(0.5))
    }

    @Test func `The same point again leaves the rate, an older one than both takes it away`() {
        let points = [Self.point(50, at: 1000), Self.point(80, at: 1060)]
        #expect(Self.verdict(points + [Self.point(80, at: 1060)]) == Verdict(0.5))
        #expect(Self.verdict(points + [Self.point(40, at: 990)]) == Verdict(nil))
    }

    @Test func `A container that began no earlier than the last point's time began anew, which is no fault`() {
        let old = Self.point(50, at: 1000, since: 100)
        #expect(Self.verdict([old, Self.point(1, at: 1060, since: 1000)]) == Verdict(nil))
        let next = [Self.point(1, at: 1060, since: 1000), Self.point(31, at: 1120, since: 1000)]
        #expect(Self.verdict([old] + next) == Verdict(0.5))
    }

    @Test func `A counter that fell has no rate, nor has one that claims to have begun before the last point`() {
        let old = Self.point(50, at: 1000, since: 100)
        #expect(Self.verdict([old, Self.point(1, at: 1060, since: 100)]) == Verdict(nil, faults: 1))
        #expect(Self.verdict([old, Self.point(1, at: 1060, since: 999)]) == Verdict(nil, faults: 1))
    }

    @Test func `A start that goes back has no rate`() {
        let points = [Self.point(50, at: 1000, since: 100), Self.point(80, at: 1060, since: 90)]
        #expect(Self.verdict(points) == Verdict(nil, faults: 1))
    }

    @Test(arguments: [(9.0, nil), (10.0, 0.5), (14.0, 0.5), (15.0, nil)] as [(Double, Double?)])
    func `A container's first point makes a rate with its beginning at the age of ten seconds`(
        age: Double,
        cores: Double?
    ) {
        #expect(Self.verdict([Self.point(age / 2, at: 1000 + age, since: 1000)]) == Verdict(cores))
    }

    @Test func `A pod is told when each of its containers has two points`() {
        var storage = MetricsStorage()
        storage.store(Self.scrape(["main": Self.point(1, at: 1000)]))
        storage.store(Self.scrape(["main": Self.point(2, at: 1060), "side": Self.point(1, at: 1060)]))
        #expect(storage.podUsages.isEmpty)
        storage.store(Self.scrape(["main": Self.point(3, at: 1120), "side": Self.point(2, at: 1120)]))
        #expect(storage.podUsages[Self.pod]?.keys.sorted() == ["main", "side"])
    }

    @Test func `What one round did not bring is forgotten`() {
        var storage = MetricsStorage()
        storage.store(Self.scrape(["main": Self.point(1, at: 1000)]))
        storage.store([:])
        storage.store(Self.scrape(["main": Self.point(2, at: 1060)]))
        #expect(storage.podUsages.isEmpty)
    }

    @Test func `A node has a rate by the same rules, and whatever falls is a fault`() {
        var storage = MetricsStorage()
        for (seconds, time) in [(10.0, 1000.0), (25, 1060)] {
            storage.store(["us-east": MetricsScrape(node: Self.point(seconds, at: time))])
        }
        #expect(storage.nodeUsages["us-east"]?.cores == 0.25)
        storage.store(["us-east": MetricsScrape(node: Self.point(24, at: 1120))])
        #expect(storage.nodeUsages["us-east"] == nil)
        #expect(storage.faults.count == 1)
    }

    @Test(arguments: [
        ("container_cpu_usage_seconds_total", "0"), ("container_cpu_usage_seconds_total", "0.0000000001"),
        ("container_memory_working_set_bytes", "0"),
    ])
    func `A page's pod of which one container has no CPU time or no memory is dropped`(name: String, value: String) {
        func line(_ name: String, _ container: String, _ pod: String, _ value: String) -> String {
            #"\#(name){namespace="shop",pod="\#(pod)",container="\#(container)"} \#(value) 1700000000123"# + "\n"
        }
        var page = ""
        for family in ["container_cpu_usage_seconds_total", "container_memory_working_set_bytes"] {
            page += line(family, "main", "web-0", "5") + line(family, "main", "web-1", "5")
            page += line(family, "side", "web-0", family == name ? value : "5")
        }
        let scrape = MetricsScrape(page: page + "node_cpu_usage_seconds_total 5 1700000000123\n")
        #expect(scrape.containers.keys.map(\.pod.name) == ["web-1"])
        #expect(scrape.containers.values.map(\.time) == [1_700_000_000_123])
        // Without memory there is no node.
        #expect(scrape.node == nil)
    }
}
