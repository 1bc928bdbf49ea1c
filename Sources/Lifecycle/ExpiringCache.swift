import Synchronization

/// Answers that hold for a while, each asked for once however many want it at the same time. Bounded: beyond the limit
/// those go that hold no more, or else the one that would be the first.
package final class ExpiringCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let until: ContinuousClock.Instant
    }

    private struct Flight {
        let flight: SingleFlight<Value>
        var waiters = 0
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var flights: [Key: Flight] = [:]
    }

    private let state = Mutex(State())
    private let limit: Int
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - limit: how many answers are kept.
    ///   - now: decides which of them still hold.
    package init(limit: Int = 4096, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.limit = limit
        self.now = now
    }

    /// How many answers are kept.
    package var count: Int { state.withLock { $0.entries.count } }

    /// The answer if there is one that still holds, or a new one.
    ///
    /// - Parameter lifetime: how long a new answer holds.
    /// - Throws: what asking throws; `CancellationError`.
    package func value(
        for key: Key,
        lifetime: @escaping @Sendable (Value) -> Duration,
        ask: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        if let known = known(key) { return known }
        let flight = join(key) { [self] in
            // It may have come between the look and the flight.
            if let known = known(key) { return known }
            let value = try await ask()
            note(value, for: key, lifetime: lifetime(value))
            return value
        }
        defer { leave(key) }
        return try await flight.value()
    }

    private func known(_ key: Key) -> Value? {
        let entry = state.withLock { $0.entries[key] }
        return entry.flatMap { $0.until > now() ? $0.value : nil }
    }

    /// Keeps an answer that came by itself.
    package func note(_ value: Value, for key: Key, lifetime: Duration) {
        let now = self.now()
        state.withLock { state in
            if state.entries.count >= limit { state.entries = state.entries.filter { $0.value.until > now } }
            if state.entries.count >= limit, let first = state.entries.min(by: { $0.value.until < $1.value.until }) {
                state.entries[first.key] = nil
            }
            state.entries[key] = Entry(value: value, until: now + lifetime)
        }
    }

    /// Forgets an answer that turned out to hold no more.
    package func forget(_ key: Key) { state.withLock { $0.entries[key] = nil } }

    private func join(_ key: Key, _ ask: @escaping @Sendable () async throws -> Value) -> SingleFlight<Value> {
        state.withLock { state in
            var flight = state.flights[key] ?? Flight(flight: SingleFlight(ask))
            flight.waiters += 1
            state.flights[key] = flight
            return flight.flight
        }
    }

    private func leave(_ key: Key) {
        state.withLock { state in
            state.flights[key]?.waiters -= 1
            if state.flights[key]?.waiters == 0 { state.flights[key] = nil }
        }
    }
}
