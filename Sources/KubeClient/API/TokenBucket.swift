/// How many calls may start, told in times since some start: a bucket of tokens that fills at a steady rate.
///
/// A caller takes its token ahead of time and waits until it is there, so that callers are served in their order. Pure.
package struct TokenBucket: Sendable {
    private let interval: Duration
    private let burst: Int
    /// When the bucket would be full if nobody took anything any more; in the past when it is full.
    private var fullAt: Duration = .zero
    private var pausedUntil: Duration = .zero

    /// - Parameters:
    ///   - qps: tokens per second, above 0.
    ///   - burst: how many tokens lie in the full bucket, 1 or more.
    package init(qps: Double, burst: Int) {
        precondition(qps > 0 && burst > 0, "a token bucket needs a rate and a burst above 0")
        interval = .seconds(1 / qps)
        self.burst = burst
    }

    /// Takes a token; how long to wait before using it.
    package mutating func take(now: Duration) -> Duration {
        let emptyFor = interval * (burst - 1)
        let base = max(fullAt, now)
        fullAt = base + interval
        return max(base - emptyFor - now, pausedUntil - now, .zero)
    }

    /// Takes a token if it is there now; whether it was.
    package mutating func takeAtOnce(now: Duration) -> Bool {
        guard take(now: now) > .zero else { return true }
        giveBack()
        return false
    }

    /// Gives a token back that was not used.
    package mutating func giveBack() {
        fullAt -= interval
    }

    /// Lets nobody start for some time from now.
    package mutating func pause(_ duration: Duration, now: Duration) {
        pausedUntil = max(pausedUntil, now + duration)
    }
}
