import Synchronization

/// How measured values are spread, counted in buckets: latencies and sizes.
package final class Histogram: Sendable {
    /// Bounds in seconds for calls over a network, as client-go has them for its request latency.
    package static let latencyBuckets: [Double] = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]

    /// Bounds that grow by a factor: fine ones for benchmarks, where quantiles matter.
    package static func exponentialBuckets(start: Double, factor: Double, count: Int) -> [Double] {
        precondition(start > 0 && factor > 1 && count > 0, "buckets need a start above 0, a factor above 1 and a count")
        return sequence(first: start) { $0 * factor }.prefix(count).map(\.self)
    }

    /// What has been observed up to some moment.
    package struct Snapshot: Sendable, Equatable {
        /// The inclusive upper bounds, ascending; above the last one lies one more bucket.
        package let bounds: [Double]
        /// The number of values in each bucket (not cumulative), one more than there are bounds.
        package internal(set) var counts: [UInt64]
        package internal(set) var count: UInt64 = 0
        package internal(set) var sum = 0.0
        package internal(set) var minimum = Double.infinity
        package internal(set) var maximum = -Double.infinity
    }

    private let state: Mutex<Snapshot>

    init(buckets: [Double]) {
        let bounds = buckets.filter { $0 < .infinity }
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bucket bounds must ascend: \(buckets)")
        state = Mutex(Snapshot(bounds: bounds, counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// Counts one value, in the base unit of the metric (seconds, bytes). Not-a-number is not counted.
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        state.withLock { $0.observe(value) }
    }

    /// Counts one span of time, in seconds.
    package func observe(_ duration: Duration) {
        observe(duration / .seconds(1))
    }

    /// What has been observed so far.
    package var snapshot: Snapshot {
        state.withLock { $0 }
    }

    /// An estimate of the value below which the share `q` (0…1) of all values lies; `nil` before the first value.
    package func quantile(_ q: Double) -> Double? {
        snapshot.quantile(q)
    }
}

extension Histogram.Snapshot {
    mutating func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts[bucket] += 1
        count += 1
        sum += value
        minimum = min(minimum, value)
        maximum = max(maximum, value)
    }

    /// An estimate by linear interpolation within the bucket, like Prometheus' `histogram_quantile`, but held within
    /// the smallest and the largest value seen, which makes the outer buckets exact.
    package func quantile(_ q: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = min(max(q, 0), 1) * Double(count)
        var below = 0.0
        for (index, inBucket) in counts.enumerated() where inBucket > 0 {
            if below + Double(inBucket) >= rank {
                let lower = max(index > 0 ? bounds[index - 1] : minimum, minimum)
                let upper = min(index < bounds.count ? bounds[index] : maximum, maximum)
                return lower + (upper - lower) * (rank - below) / Double(inBucket)
            }
            below += Double(inBucket)
        }
        return maximum
    }
}
