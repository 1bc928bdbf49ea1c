import Glibc

/// How long to wait before the next attempt at something that keeps failing.
///
/// The delay grows geometrically from `base` and is held at `cap`; jitter is added last, as client-go's
/// `wait.Backoff` does, so the longest delay is `cap * (1 + jitter)`. With a base of 800 ms, a factor of 2 and a cap of
/// 30 s the bare delays are 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30 … seconds.
package struct Backoff: Sendable, Hashable {
    package let base: Duration
    package let cap: Duration
    package let factor: Double
    package let jitter: Double

    /// Describes a sequence of delays.
    ///
    /// - Parameters:
    ///   - base: the delay after the first failure; not negative.
    ///   - cap: the bound of the delay before jitter; not less than `base`.
    ///   - factor: the growth per failure, 1 or more.
    ///   - jitter: the largest share of the delay that is added at random: 1.0 adds between nothing and all of it again.
    package init(base: Duration, cap: Duration, factor: Double = 2, jitter: Double = 0) {
        precondition(base >= .zero && cap >= base, "a backoff needs 0 <= base <= cap, not \(base) and \(cap)")
        precondition(factor >= 1 && factor.isFinite, "a backoff needs a factor of 1 or more, not \(factor)")
        precondition(jitter >= 0 && jitter.isFinite, "a backoff needs a jitter of 0 or more, not \(jitter)")
        self.base = base
        self.cap = cap
        self.factor = factor
        self.jitter = jitter
    }

    /// The delay after `failures` failures in a row; a count below 1 is taken as 1, so that a wrong count never
    /// makes a busy loop.
    package func delay(failures: Int, using rng: inout some RandomNumberGenerator) -> Duration {
        let bare = bareDelay(failures: failures)
        guard jitter > 0 else { return bare }
        return bare * (1 + Double.random(in: 0..<jitter, using: &rng))
    }

    /// The delay after `failures` failures in a row, with the system's randomness.
    package func delay(failures: Int) -> Duration {
        var rng = SystemRandomNumberGenerator()
        return delay(failures: failures, using: &rng)
    }

    /// Grows in floating point, which saturates at infinity where an integer would overflow.
    private func bareDelay(failures: Int) -> Duration {
        guard base > .zero else { return .zero }
        let seconds = base / .seconds(1) * pow(factor, Double(max(failures, 1) - 1))
        // Whole nanoseconds, so that 0.8 s doubled is 1.6 s and nothing near it.
        return seconds < cap / .seconds(1) ? .nanoseconds(Int64((seconds * 1e9).rounded())) : cap
    }
}
