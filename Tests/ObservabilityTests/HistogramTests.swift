import Observability
import Testing

@Suite struct HistogramTests {
    private func histogram(_ buckets: [Double], _ values: [Double]) -> Histogram {
        let histogram = MetricsRegistry().histogram("h", help: "H", buckets: buckets)
        for value in values { histogram.observe(value) }
        return histogram
    }

    @Test("A value on a bound belongs to the bucket below it")
    func bounds() {
        let snapshot = histogram([1, 2], [1, 1.5, 2, 2.5]).snapshot
        #expect(snapshot.counts == [1, 2, 1])
        #expect(snapshot.sum == 7)
        #expect(snapshot.minimum == 1)
        #expect(snapshot.maximum == 2.5)
    }

    @Test(
        "Quantiles are interpolated within their bucket and never leave what was seen",
        arguments: [(0.0, 1.0), (0.25, 5.5), (0.5, 10), (0.75, 15), (1.0, 20), (2.0, 20), (-1.0, 1)]
    )
    func quantiles(q: Double, expected: Double) throws {
        let values = (1...20).map(Double.init)
        let quantile = try #require(histogram([10, 100], values).quantile(q))
        #expect(abs(quantile - expected) < 1e-9)
    }

    @Test("Values above the last bound still have quantiles")
    func overflow() {
        #expect(histogram([1], [5, 5, 5]).quantile(0.5) == 5)
        #expect(histogram([], [3]).quantile(0.99) == 3)
    }

    @Test("Before the first value there is no quantile, and not-a-number is not counted")
    func empty() {
        #expect(histogram([1], [.nan]).quantile(0.5) == nil)
    }

    @Test("Times are counted in seconds")
    func durations() {
        let histogram = histogram(Histogram.latencyBuckets, [])
        histogram.observe(.milliseconds(1500))
        #expect(histogram.snapshot.sum == 1.5)
    }

    @Test("Exponential buckets grow by their factor")
    func exponential() {
        #expect(Histogram.exponentialBuckets(start: 1, factor: 2, count: 4) == [1, 2, 4, 8])
    }
}
