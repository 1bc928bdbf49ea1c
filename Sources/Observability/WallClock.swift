import Glibc

/// The time of day, for what people read. Never for measuring: it may jump.
package enum WallClock {
    /// The time since 1970-01-01 UTC.
    @Sendable
    package static func sinceEpoch() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
