import Lifecycle

/// Looks again and again until something is as it should be.
package struct Patience: Sendable {
    /// The time between two looks.
    package var interval: Duration
    package var limit: Duration
    package var clock: any Clock<Duration>

    package init(
        limit: Duration,
        interval: Duration = .milliseconds(500),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.limit = limit
        self.interval = interval
        self.clock = clock
    }

    /// The first value that `look` gives.
    ///
    /// - Throws: `TimeoutError` after the limit; what `look` throws; `CancellationError`.
    package func wait<Value: Sendable>(for look: @escaping @Sendable () async throws -> Value?) async throws -> Value {
        try await withTimeout(limit, clock: clock) { [interval, clock] in
            while true {
                if let value = try await look() { return value }
                try await clock.sleep(for: interval)
            }
        }
    }
}
