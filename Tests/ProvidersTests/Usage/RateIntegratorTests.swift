import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite struct RateIntegratorTests {
    private let key = CounterKey(instanceUID: "a", container: "main", start: 100)

    @Test func `Two samples give the newer one's rate back`() {
        var rates = RateIntegrator()
        let first = rates.note(key, cores: 0.5, time: 200, window: 30)
        #expect(first == RateIntegrator.Total(seconds: 15, time: 200, cores: 0.5, start: 170))
        let second = rates.note(key, cores: 2, time: 260, window: 30)
        #expect((second.seconds - first.seconds) / (second.time - first.time) == 2)
    }

    @Test func `A container has not used more than in its life`() {
        var rates = RateIntegrator()
        let total = rates.note(key, cores: 1, time: 110, window: 30)
        #expect(total.seconds == 10)
        #expect(total.start == 100)
    }

    @Test func `A counter that begins anew says so by its start, and keeps that`() {
        var (rates, later) = (RateIntegrator(), RateIntegrator())
        _ = rates.note(key, cores: 1, time: 200, window: 30)
        #expect(rates.note(key, cores: 1, time: 900, window: 30).start == 170)
        // As of a process that came later.
        #expect(later.note(key, cores: 1, time: 900, window: 30).start == 870)
        #expect(later.note(key, cores: 1, time: 1000, window: 30).start == 870)
    }

    @Test func `The same sample again, or an older one, moves nothing`() {
        var rates = RateIntegrator()
        let first = rates.note(key, cores: 1, time: 200, window: 30)
        #expect(rates.note(key, cores: 3, time: 200, window: 30) == first)
        #expect(rates.note(key, cores: 3, time: 150, window: 30) == first)
    }

    @Test func `The pod's counter goes on when its container begins anew`() {
        var rates = RateIntegrator()
        _ = rates.note(key, cores: 1, time: 200, window: 30)
        let next = CounterKey(instanceUID: "a", container: "main", start: 205)
        #expect(rates.note(next, cores: 1, time: 210, window: 30).seconds == 5)
        #expect(rates.seconds(of: "a") == 35)
        rates.keep(["b"])
        #expect(rates.seconds(of: "a") == 0)
    }

    @Test func `The counter that is told is the former one's while there is no sample of the new one`() {
        var rates = RateIntegrator()
        let next = CounterKey(instanceUID: "a", container: "main", start: 205)
        let stopped = CounterKey(instanceUID: "a", container: "main", start: nil)
        #expect(rates.counted(for: key) == key, "nothing is known yet")
        let first = rates.note(key, cores: 1, time: 200, window: 30)
        #expect(rates.note(next, cores: 1, time: 200, window: 30) == first)
        #expect(rates.counted(for: next) == key)
        _ = rates.note(next, cores: 1, time: 210, window: 30)
        #expect(rates.counted(for: next) == next)
        #expect(rates.counted(for: stopped) == next)
    }

    @Test func `Who saw the container before it began anew changes nothing`() {
        var rates = RateIntegrator()
        let next = CounterKey(instanceUID: "a", container: "main", start: 205)
        _ = rates.note(key, cores: 1, time: 200, window: 30)
        _ = rates.note(next, cores: 1, time: 210, window: 30)
        _ = rates.note(key, cores: 1, time: 211, window: 30)
        #expect(rates.note(next, cores: 1, time: 220, window: 30).seconds == 15)
        #expect(rates.seconds(of: "a") == 45)
    }

    @Test func `Names of containers without end are not kept`() {
        var rates = RateIntegrator()
        for number in 0..<1000 {
            let key = CounterKey(instanceUID: "a", container: "c\(number)", start: nil)
            _ = rates.note(key, cores: 1, time: 200, window: 1)
        }
        #expect(rates.seconds(of: "a") == Double(CounterKey.mostContainers))
    }

    /// A sample of the metrics API, and when the container began by the status that is known by then; each of one core.
    private typealias Sample = (start: Double?, time: Double, window: Double)

    /// A container that began at 100 and, where another start is told, began anew.
    private static let restarts: [[Sample]] = [
        // The status tells it late: until then samples, here of a long window, are told as the former one's.
        [(100, 900, 300), (100, 905, 300), (100, 911, 300), (910, 916, 300), (910, 921, 300)],
        // It tells it before there is a sample of it: those that come are of the former one, or were told.
        [(100, 885, 15), (100, 900, 15), (910, 900, 15), (910, 905, 15), (910, 920, 15), (910, 935, 15)],
        // It tells it in the second of a sample.
        [(100, 890.2, 15), (100, 905.7, 15), (905, 905.7, 15), (905, 905.9, 15), (905, 920.7, 15), (905, 935.7, 15)],
        // Between the end of the one and the beginning of the next it tells of neither.
        [
            (100, 870, 15), (100, 885, 15), (100, 900, 15), (nil, 900, 15), (nil, 915, 15), (916, 915, 15),
            (916, 931, 15), (916, 946, 15),
        ],
        // It was not known at first, or is told by who looked before.
        [(nil, 870, 15), (nil, 885, 15), (nil, 900, 15), (100, 900, 15), (100, 915, 15)],
        [(100, 885, 15), (100, 900, 15), (905, 915, 15), (100, 916, 300), (905, 930, 15)],
    ]

    /// Has metrics-server judge these samples, each told as a page of its own.
    private func judge(_ samples: [Sample], by rates: inout RateIntegrator, _ storage: inout MetricsStorage) {
        for (start, time, window) in samples {
            let key = CounterKey(instanceUID: "a", container: "main", start: start)
            let total = rates.note(key, cores: 1, time: time, window: window)
            let usage = PodUsage(
                podUID: "pod-a",
                key: ObjectKey(namespace: "shop", name: "a"),
                instanceUID: "a",
                start: 100,
                cpuSeconds: rates.seconds(of: "a"),
                containers: [
                    PodUsage.Container(
                        name: "main",
                        start: total.start,
                        cpuSeconds: total.seconds,
                        cores: total.cores,
                        memoryBytes: 64
                    )
                ],
                time: total.time
            )
            let page = UsagePage(resourcesOf: [usage]).exposition.pieces.joined()
            storage.store(["us-east": MetricsScrape(page: String(decoding: page, as: UTF8.self))])
        }
    }

    @Test(arguments: restarts.indices)
    func `To metrics-server a container that begins anew has begun anew, and its counter never falls`(index: Int) {
        var (rates, storage) = (RateIntegrator(), MetricsStorage())
        judge(Self.restarts[index], by: &rates, &storage)
        #expect(storage.faults == [])
        let usage = storage.podUsages[ObjectKey(namespace: "shop", name: "a")]?["main"]
        #expect(abs((usage?.cores ?? 0) - 1) < 0.001)
    }

    /// As metrics-server itself makes samples: times are cut to whole seconds, windows are not.
    @Test func `Nor does that of a process that was started anew`() {
        var (rates, later, storage) = (RateIntegrator(), RateIntegrator(), MetricsStorage())
        judge([(100, 870, 15), (100, 885, 15), (100, 900, 15)], by: &rates, &storage)
        judge([(100, 915, 15.05), (100, 930, 15)], by: &later, &storage)
        #expect(storage.faults == [])
        #expect(storage.podUsages[ObjectKey(namespace: "shop", name: "a")]?["main"]?.cores == 1)
    }

    @Test func `A sample from before a container began anew is the former one's`() {
        var rates = RateIntegrator()
        _ = rates.note(key, cores: 1, time: 200, window: 30)
        let next = CounterKey(instanceUID: "a", container: "main", start: 205)
        #expect(rates.note(next, cores: 1, time: 203, window: 30).seconds == 33)
        let first = rates.note(next, cores: 1, time: 215, window: 30)
        #expect(first == RateIntegrator.Total(seconds: 10, time: 215, cores: 1, start: 205))
        #expect(rates.seconds(of: "a") == 43)
    }

    @Test(arguments: [
        ("30s", 30.0), ("15.5s", 15.5), ("1m0s", 60), ("1h2m3s", 3723), ("", nil), ("x", nil), ("1d", nil),
    ])
    func `A window is a duration of Go`(text: String, seconds: Double?) {
        #expect(ClusterMetrics.seconds(text) == seconds)
    }
}
