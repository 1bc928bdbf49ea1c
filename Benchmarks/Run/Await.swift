/// Waits for what nothing tells us about: looks every tenth of a second, for a bounded time. Never used for what is
/// measured; that comes from watches.
enum Await {
    /// - Throws: `BenchmarkError` when `limit` has passed; what `condition` throws; `CancellationError`.
    static func until(_ what: String, limit: Duration, condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < end else { throw BenchmarkError("\(what): not within \(limit)") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
