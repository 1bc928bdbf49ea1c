internal import Synchronization

/// Answers that hold for a while. Bounded: beyond the limit all are forgotten, and asked for again.
final class ExpiringCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let until: ContinuousClock.Instant
    }

    private let entries = Mutex<[Key: Entry]>([:])
    private let limit: Int
    private let now: @Sendable () -> ContinuousClock.Instant

    init(limit: Int = 4096, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.limit = limit
        self.now = now
    }

    /// The answer if there is one that still holds, or a new one.
    ///
    /// - Parameter lifetime: how long a new answer holds.
    func value(
        for key: Key,
        lifetime: (Value) -> Duration,
        ask: () async throws -> Value
    ) async throws -> Value {
        let known = entries.withLock { $0[key] }
        if let known, known.until > now() { return known.value }
        let value = try await ask()
        let entry = Entry(value: value, until: now() + lifetime(value))
        entries.withLock { entries in
            if entries.count >= limit { entries = [:] }
            entries[key] = entry
        }
        return value
    }
}
