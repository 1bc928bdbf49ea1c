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

    @Test(arguments: [
        ("30s", 30.0), ("15.5s", 15.5), ("1m0s", 60), ("1h2m3s", 3723), ("", nil), ("x", nil), ("1d", nil),
    ])
    func `A window is a duration of Go`(text: String, seconds: Double?) {
        #expect(ClusterMetrics.seconds(text) == seconds)
    }
}
