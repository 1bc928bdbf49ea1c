/// Time since a start on any clock, so that pure code can take times as plain durations.
package enum Stopwatch {
    /// A function that tells the time since now.
    package static func start(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
