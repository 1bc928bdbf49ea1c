import KubeModel

/// Keeps counters of CPU time going when somebody else begins to measure them. Pure.
///
/// Each source counts from a beginning of its own. What it says is moved so that the counter goes on where it stood when
/// that source was first heard, and so that a page never says less than it said by another source's word. A counter that
/// falls by the word of the same source has begun anew, and is as that source says from then on. Nor does a page have a
/// counter begin earlier than it did by another source's word: sources differ in a start's fraction of a second, and one
/// that measures rates counts from its first sample.
struct CounterContinuity: Sendable {
    /// Who measures.
    enum Source: Hashable, Sendable { case kubelet, metricsAPI }

    /// Where it is read: who reads one page does not see the others, and their samples are of other times.
    enum Page: Hashable, Sendable {
        case resource
        case summary(SummaryDetail)
    }

    private struct Counter {
        /// What is added to the CPU seconds of a source.
        var offsets: [Source: Double] = [:]
        /// What each page said last.
        var said: [Page: (seconds: Double, source: Source)] = [:]
        /// What any page said last.
        var last: Double?
        /// When it began, as each page said last, and the earliest that a page may say by the word of the kubelets, if
        /// that was theirs.
        var starts: [Page: (told: Double, earliest: Double, source: Source)] = [:]
    }

    /// By instance and container, of their present incarnations.
    private var counters: [UID: [String: (key: CounterKey, counter: Counter)]] = [:]

    /// What a page is to say of a counter that stands at so many CPU seconds by the word of a source.
    mutating func report(_ key: CounterKey, _ seconds: Double, by source: Source, on page: Page) -> Double {
        let known = counters[key.instanceUID]?[key.container]
        guard known?.key.isLater(than: key) != true else { return seconds }
        guard known != nil || counters[key.instanceUID]?.count ?? 0 < CounterKey.mostContainers else { return seconds }
        var counter = known.flatMap { key.isLater(than: $0.key) ? nil : $0.counter } ?? Counter()
        var offset = counter.offsets[source] ?? counter.last.map { $0 - seconds } ?? 0
        if let said = counter.said[page], seconds + offset < said.seconds {
            offset = said.source == source ? 0 : said.seconds - seconds
        }
        let value = seconds + offset
        counter.offsets[source] = offset
        counter.said[page] = (value, source)
        counter.last = value
        // While a container does not run its status does not tell when it began, which makes it no other one.
        let kept = key.start == nil ? known?.key ?? key : key
        counters[key.instanceUID, default: [:]][key.container] = (kept, counter)
        return value
    }

    /// What a page is to say of when a counter began that it tells by the word of a source (``report(_:_:by:on:)``).
    ///
    /// - Parameter time: in seconds since 1970, as what is returned.
    mutating func start(_ key: CounterKey, _ time: Double, by source: Source, on page: Page) -> Double {
        guard var known = counters[key.instanceUID]?[key.container],
            !known.key.isLater(than: key), !key.isLater(than: known.key)
        else { return time }
        let last = known.counter.starts[page]
        // The metrics API does not tell when a container began. Its counter's beginning changes with what the counter was
        // moved by, which another page may have caused.
        let mayCorrect = last?.source == source && source != .metricsAPI
        let earliest = last.map { mayCorrect ? $0.earliest : $0.told } ?? -.infinity
        let told = max(time, earliest)
        known.counter.starts[page] = (told, earliest, source)
        counters[key.instanceUID]?[key.container] = known
        return told
    }

    /// Forgets the counters of all other instances.
    mutating func keep(_ instances: Set<UID>) {
        counters = counters.filter { instances.contains($0.key) }
    }
}
