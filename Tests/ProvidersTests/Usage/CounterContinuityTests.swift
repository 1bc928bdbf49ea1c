import Testing

@testable import Providers

@Suite struct CounterContinuityTests {
    private typealias Word = (source: CounterContinuity.Source, seconds: Double, told: Double)

    private let key = CounterKey(instanceUID: "a", container: "main", start: 100)

    /// What sources say, one after the other, and what a page makes of it.
    private static let words: [[Word]] = [
        // One source alone is told as it is, its own new beginnings too.
        [(.kubelet, 1000, 1000), (.kubelet, 1001, 1001), (.kubelet, 2, 2), (.kubelet, 3, 3)],
        // The other source counts from its own beginning.
        [(.kubelet, 1000, 1000), (.metricsAPI, 15, 1000), (.metricsAPI, 30, 1015)],
        [(.metricsAPI, 15, 15), (.kubelet, 1000, 15), (.kubelet, 1010, 25)],
        // Who comes back knows what was used meanwhile; if it was told already, that is not told twice.
        [(.kubelet, 1000, 1000), (.metricsAPI, 15, 1000), (.metricsAPI, 45, 1030), (.kubelet, 1060, 1060)],
        [
            (.kubelet, 1000, 1000), (.metricsAPI, 15, 1000), (.metricsAPI, 95, 1080), (.kubelet, 1060, 1080),
            (.kubelet, 1061, 1081),
        ],
        // A container that began anew before its status says so.
        [(.metricsAPI, 15, 15), (.kubelet, 1000, 15), (.kubelet, 1, 1), (.kubelet, 2, 2)],
    ]

    @Test(arguments: words.indices)
    func `A counter goes on and never falls when somebody else measures it`(index: Int) {
        var counters = CounterContinuity()
        for (source, seconds, told) in Self.words[index] {
            #expect(counters.report(key, seconds, by: source, on: .resource) == told)
        }
    }

    @Test func `Pages with sources of their own do not disturb each other`() {
        var counters = CounterContinuity()
        for step in 0..<5 {
            let seconds = Double(step * 10)
            #expect(counters.report(key, 5000 + seconds, by: .kubelet, on: .summary(.full)) == 5000 + seconds)
            // Sampled a little earlier.
            let told = counters.report(key, 14 + seconds, by: .metricsAPI, on: .resource)
            #expect(told == 5000 + seconds)
        }
    }

    @Test func `An incarnation counts by itself, whatever the one before used`() {
        var counters = CounterContinuity()
        _ = counters.report(key, 1000, by: .kubelet, on: .resource)
        let next = CounterKey(instanceUID: "a", container: "main", start: 200)
        #expect(counters.report(next, 5, by: .metricsAPI, on: .resource) == 5)
    }

    @Test func `A container whose status does not tell for a while when it began is no other one`() {
        var counters = CounterContinuity()
        let untold = CounterKey(instanceUID: "a", container: "main", start: nil)
        #expect(counters.report(key, 15, by: .metricsAPI, on: .resource) == 15)
        #expect(counters.report(key, 1000, by: .kubelet, on: .resource) == 15)
        #expect(counters.report(untold, 1001, by: .kubelet, on: .resource) == 16)
        #expect(counters.report(key, 1002, by: .kubelet, on: .resource) == 17)
        // It began anew meanwhile.
        let next = CounterKey(instanceUID: "a", container: "main", start: 200)
        #expect(counters.report(untold, 1003, by: .kubelet, on: .resource) == 18)
        #expect(counters.report(next, 1, by: .kubelet, on: .resource) == 1)
    }

    @Test func `A beginning that was told does not go back when somebody else tells it`() {
        var counters = CounterContinuity()
        func told(_ time: Double, by source: CounterContinuity.Source) -> Double {
            _ = counters.report(key, 1000, by: source, on: .resource)
            return counters.start(key, time, by: source, on: .resource)
        }
        #expect(told(100.4, by: .kubelet) == 100.4)
        #expect(told(100, by: .metricsAPI) == 100.4)
        #expect(told(100, by: .metricsAPI) == 100.4)
        #expect(told(150, by: .metricsAPI) == 150)
        #expect(told(100.4, by: .kubelet) == 150)
        // Who tells it may correct himself, but for what another has told.
        #expect(told(170, by: .kubelet) == 170)
        #expect(told(160, by: .kubelet) == 160)
        #expect(told(140, by: .kubelet) == 150)
        // Another page, and another incarnation.
        #expect(counters.start(key, 100, by: .kubelet, on: .summary(.full)) == 100)
        let next = CounterKey(instanceUID: "a", container: "main", start: 140)
        #expect(counters.report(next, 5, by: .metricsAPI, on: .resource) == 5)
        #expect(counters.start(next, 140, by: .metricsAPI, on: .resource) == 140)
    }

    @Test func `A beginning that was told does not go back when another page has the counter moved`() {
        var counters = CounterContinuity()
        #expect(counters.report(key, 5, by: .metricsAPI, on: .resource) == 5)
        #expect(counters.start(key, 150, by: .metricsAPI, on: .resource) == 150)
        #expect(counters.report(key, 1000, by: .kubelet, on: .summary(.full)) == 5)
        #expect(counters.report(key, 1100, by: .kubelet, on: .summary(.full)) == 105)
        // The kubelets refuse: what the metrics API says is moved, on all pages.
        #expect(counters.report(key, 20, by: .metricsAPI, on: .summary(.full)) == 105)
        #expect(counters.report(key, 35, by: .metricsAPI, on: .resource) == 120)
        // A counter that was moved began with its container.
        #expect(counters.start(key, 100, by: .metricsAPI, on: .resource) == 150)
    }

    @Test func `Names of containers without end are told as they stand, and not kept`() {
        var counters = CounterContinuity()
        for number in 0...CounterKey.mostContainers {
            let key = CounterKey(instanceUID: "a", container: "c\(number)", start: nil)
            #expect(counters.report(key, 1000, by: .kubelet, on: .resource) == 1000)
        }
        func told(_ number: Int) -> Double {
            let key = CounterKey(instanceUID: "a", container: "c\(number)", start: nil)
            return counters.report(key, 5, by: .metricsAPI, on: .resource)
        }
        #expect(told(0) == 1000)
        #expect(told(CounterKey.mostContainers) == 5)
    }

    @Test func `Of what is gone nothing is kept`() {
        var counters = CounterContinuity()
        _ = counters.report(key, 1000, by: .kubelet, on: .resource)
        counters.keep(["b"])
        #expect(counters.report(key, 5, by: .metricsAPI, on: .resource) == 5)
    }
}
