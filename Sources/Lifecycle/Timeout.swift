/// An operation did not end within its time. Never thrown for a cancelled caller, who gets `CancellationError`.
package struct TimeoutError: Error, Hashable, CustomStringConvertible {
    /// The time that was allowed.
    package let limit: Duration

    package init(limit: Duration) {
        self.limit = limit
    }

    package var description: String { "timed out after \(limit)" }
}

/// Runs `body` and cancels it when `limit` has passed.
///
/// The call returns when the body has returned, so the body must honour cancellation for the limit to hold. A value
/// that the body still delivers after its time is handed on, because the work is done and the caller has waited for it;
/// whatever it throws after its time is reported as `TimeoutError`.
///
/// - Throws: `TimeoutError` after the limit; what the body throws before it; when the caller is cancelled, what the
///   body makes of that, which is `CancellationError` for a well-behaved one.
package func withTimeout<T: Sendable>(
    _ limit: Duration,
    clock: any Clock<Duration> = ContinuousClock(),
    _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: TimeoutRace<T>.self) { group in
        group.addTask {
            do {
                return .ended(.success(try await body()))
            } catch {
                return .ended(.failure(error))
            }
        }
        group.addTask {
            do {
                try await clock.sleep(for: limit)
                return .expired
            } catch {
                // The race is decided, or the caller was cancelled: in both cases the body's end is what counts.
                return .interrupted
            }
        }
        return try await settle(&group, limit: limit)
    }
}

private enum TimeoutRace<T: Sendable>: Sendable {
    case ended(Result<T, any Error>)
    case expired
    case interrupted
}

private func settle<T: Sendable>(
    _ group: inout ThrowingTaskGroup<TimeoutRace<T>, any Error>,
    limit: Duration
) async throws -> T {
    var hasExpired = false
    while let event = try await group.next() {
        switch event {
        case .interrupted:
            continue
        case .expired:
            hasExpired = true
            group.cancelAll()
        case .ended(let result):
            group.cancelAll()
            if hasExpired, case .failure = result { throw TimeoutError(limit: limit) }
            return try result.get()
        }
    }
    preconditionFailure("the body of a timeout ended without a result")
}
