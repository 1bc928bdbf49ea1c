internal import KubeModel
internal import Providers

/// Counts what a virtual node uses: what its own pods use, and nothing else of its cluster. Pure.
///
/// The node's CPU time is a counter of its own: it keeps what pods used that are gone, which a sum over those that are
/// left would lose. What a pod used before it was first seen counts only if the pod began after the last look; else the
/// first look at it would seem a burst.
struct NodeUsageMeter: Sendable {
    /// One thing that is measured: an instance, or one incarnation of one of its containers.
    private struct Key: Hashable {
        let instanceUID: UID
        let container: String
        /// In whole seconds: pages differ in the fraction.
        let start: Int64?

        init(_ reading: UsageReading) {
            instanceUID = reading.instanceUID
            container = reading.container
            // An instance as a whole begins once, however exactly that is known.
            start = reading.container.isEmpty ? nil : reading.start.map { Int64(clamping: $0) }
        }
    }

    /// What a node uses, times in seconds since 1970.
    struct Total: Sendable, Equatable {
        var cpuSeconds = 0.0
        /// nil where only counters are told.
        var nanoCores: Int64?
        var memoryBytes: Int64 = 0
        var time: Double
    }

    private var last: [Key: Double] = [:]
    private var cpuSeconds = 0.0
    /// The time of the newest reading so far; nil before the first look.
    private var time: Double?

    /// Takes what was read, and returns the sum.
    ///
    /// - Parameters:
    ///   - present: all instances of the node; of others nothing is kept.
    ///   - now: the time of a sum over nothing.
    mutating func note(_ readings: [UsageReading], present: Set<UID>, now: Double) -> Total {
        let before = time
        let read = Set(readings.map(\.instanceUID))
        var kept = last.filter { present.contains($0.key.instanceUID) && !read.contains($0.key.instanceUID) }
        for reading in readings {
            let key = Key(reading)
            let known = last[key]
            // What a kubelet says is not ours to trust, and a counter does not fall.
            cpuSeconds += max(0, Self.growth(of: reading, since: known, lookedAt: before))
            // An older reading than the last, from another page, says nothing new.
            kept[key] = max(reading.cpuSeconds, known ?? 0)
        }
        last = kept
        time = max(readings.map(\.time).max() ?? now, before ?? 0)
        let rates = readings.compactMap(\.nanoCores)
        return Total(
            cpuSeconds: cpuSeconds,
            nanoCores: rates.count == readings.count ? rates.clampedSum : nil,
            memoryBytes: readings.map(\.memoryBytes).clampedSum,
            time: time ?? now
        )
    }

    private static func growth(of reading: UsageReading, since known: Double?, lookedAt before: Double?) -> Double {
        if let known { return reading.cpuSeconds - known }
        guard let before else { return reading.cpuSeconds }
        return (reading.start ?? 0) >= before ? reading.cpuSeconds : 0
    }
}
