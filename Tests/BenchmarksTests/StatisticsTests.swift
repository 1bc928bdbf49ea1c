import Testing

@testable import Benchmarks

@Suite("Order statistics")
struct StatisticsTests {
    @Test(
        "The median is the middle value, or between the two in the middle",
        arguments: [([3, 1, 2], 2), ([4, 1, 3, 2], 2.5), ([7], 7), ([1, 1, 100], 1)] as [([Double], Double)]
    )
    func median(values: [Double], median: Double) {
        #expect(Statistics.median(values) == median)
    }

    @Test(
        "A quantile is a value that so many do not exceed",
        arguments: [(0, 1), (0.5, 5), (0.51, 6), (0.95, 10), (0.99, 10), (1, 10)] as [(Double, Double)]
    )
    func quantile(share: Double, value: Double) {
        #expect(Statistics.quantile(share, of: [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) == value)
    }

    @Test("Nothing has neither")
    func nothing() {
        #expect(Statistics.median([]) == nil)
        #expect(Statistics.quantile(0.5, of: []) == nil)
    }
}
