import KubeModel
import Synchronization

/// The counters of a remote's delegates, as they have been told so far.
final class UsageCounters: Sendable {
    private let continuity = Mutex(CounterContinuity())

    /// How a source's word is to be told on a page.
    func voice(of source: CounterContinuity.Source, on page: CounterContinuity.Page) -> CounterVoice {
        CounterVoice(
            { [self] key, seconds in continuity.withLock { $0.report(key, seconds, by: source, on: page) } },
            start: { [self] key, time in continuity.withLock { $0.start(key, time, by: source, on: page) } }
        )
    }

    /// Forgets the counters of all other instances.
    func keep(_ instances: Set<UID>) { continuity.withLock { $0.keep(instances) } }
}

/// How one source's counters are told on one page.
struct CounterVoice: Sendable {
    private let report: @Sendable (CounterKey, Double) -> Double
    private let start: @Sendable (CounterKey, Double) -> Double

    /// - Parameters:
    ///   - report: what is to be said of a counter that stands at so many CPU seconds.
    ///   - start: what is to be said, after that, of when it began.
    init(
        _ report: @escaping @Sendable (CounterKey, Double) -> Double = { $1 },
        start: @escaping @Sendable (CounterKey, Double) -> Double = { $1 }
    ) {
        self.report = report
        self.start = start
    }

    /// - Parameter container: empty for the instance as a whole.
    /// - Returns: nil if the counter is to be told as it stands.
    func moved(_ seconds: Double, of subject: UsageSubjects.Subject, container: String) -> Double? {
        moved(seconds, of: CounterKey(subject, container: container))
    }

    /// The same of a container's incarnation.
    func moved(_ seconds: Double, of key: CounterKey) -> Double? {
        let told = report(key, seconds)
        return told == seconds ? nil : told
    }

    /// When a counter is to be said to have begun, in seconds since 1970, of which it has been told where it stands.
    func beginning(_ time: Double, of key: CounterKey) -> Double { start(key, time) }
}
