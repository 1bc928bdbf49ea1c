/// Time since a start on any clock, so that pure code can take times as plain durations.
enum Stopwatch {
    /// A function that tells the time since now.
    static func start(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
