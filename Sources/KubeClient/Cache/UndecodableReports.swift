import Synchronization

/// How often a reflector tells of objects that it can't read: of the first few since it began, as it does anew when its
/// server is back after an outage, then of one a minute. A server that sends nothing else would fill a disk; the metric
/// counts them all.
final class UndecodableReports: Sendable {
    private let budget = Mutex(TokenBucket(qps: 1.0 / 60, burst: 10))

    /// Whether to tell of one that was found now, in time since some start.
    func admit(now: Duration) -> Bool {
        budget.withLock { $0.takeAtOnce(now: now) }
    }
}
