import Synchronization

/// The calls per second that we allow ourselves on one API server, so that no fault of ours, or of a thousand pods at
/// once, becomes its fault. Watches count once, when they start.
package final class RequestBudget: Sendable {
    /// How much is allowed.
    package enum Limit: Sendable, Hashable {
        case unlimited
        /// Calls per second in the long run, and at once after a pause; both above 0.
        case limited(qps: Double, burst: Int)

        /// Ten times client-go's default: one process stands for a node's kubelet many times over.
        package static let standard = Limit.limited(qps: 50, burst: 100)
    }

    /// The longest pause that one answer of the server (429, Retry-After) can put on all callers.
    package static let maximumPause = Duration.seconds(10)

    private let clock: any Clock<Duration>
    private let elapsed: @Sendable () -> Duration
    private let bucket: Mutex<TokenBucket>

    package init(_ limit: Limit = .standard, clock: any Clock<Duration> = ContinuousClock()) {
        self.clock = clock
        elapsed = Stopwatch.start(clock)
        // Without a limit the bucket is there all the same, for the pauses that the server asks for.
        bucket =
            switch limit {
            case .unlimited: Mutex(TokenBucket(qps: 1e9, burst: 1_000_000))
            case .limited(let qps, let burst): Mutex(TokenBucket(qps: qps, burst: burst))
            }
    }

    /// Returns when a call may start, in the order in which callers asked. `CancellationError` gives the call back.
    package func acquire() async throws {
        let now = elapsed()
        let wait = bucket.withLock { $0.take(now: now) }
        guard wait > .zero else { return }
        do {
            try await clock.sleep(for: wait)
        } catch {
            bucket.withLock { $0.giveBack() }
            throw error
        }
    }

    /// Lets no call start for some time, as the server asked; at most `maximumPause`.
    package func pause(_ duration: Duration) {
        let now = elapsed()
        bucket.withLock { $0.pause(min(duration, Self.maximumPause), now: now) }
    }
}
