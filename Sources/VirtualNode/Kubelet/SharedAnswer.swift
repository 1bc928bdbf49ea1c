internal import Lifecycle
internal import Synchronization

/// An answer that is costly to make and the same for all who ask: made once for those who ask at the same time, and good
/// for a while after that. Errors are not kept.
final class SharedAnswer<Value: Sendable>: Sendable {
    private let flight: SingleFlight<Value>

    /// - Parameters:
    ///   - lifetime: how long an answer is given again; zero for answers that are too large to be kept.
    ///   - now: moves the end of that.
    init(
        lifetime: Duration,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        make: @escaping @Sendable () async throws -> Value
    ) {
        let kept = Kept<Value>()
        flight = SingleFlight {
            if let value = kept.value(at: now()) { return value }
            let value = try await make()
            if lifetime > .zero { kept.keep(value, until: now() + lifetime) }
            return value
        }
    }

    /// - Throws: what making it throws; `CancellationError`.
    func value() async throws -> Value { try await flight.value() }
}

private final class Kept<Value: Sendable>: Sendable {
    private let entry = Mutex<(value: Value, until: ContinuousClock.Instant)?>(nil)

    func value(at now: ContinuousClock.Instant) -> Value? {
        entry.withLock { entry in
            guard let entry, entry.until > now else { return nil }
            return entry.value
        }
    }

    func keep(_ value: Value, until: ContinuousClock.Instant) { entry.withLock { $0 = (value, until) } }
}
