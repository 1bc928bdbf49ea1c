import KubeModel
import Lifecycle
import Synchronization

/// Which ServiceAccounts a cluster has, by what it answered a moment ago. Of many that ask about one at the same time, one
/// asks the cluster, for all.
final class AccountPresence: Sendable {
    private struct State {
        var known: [ObjectKey: (isPresent: Bool, until: ContinuousClock.Instant)] = [:]
        var flights: [ObjectKey: SingleFlight<Bool>] = [:]
    }

    private let lifetime: Duration
    private let absence: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - lifetime: how long it is believed that one is there.
    ///   - absence: how long it is believed that one is not there: many pods wait for it, each looking by itself.
    init(lifetime: Duration = .seconds(10), absence: Duration = .seconds(2)) {
        self.lifetime = lifetime
        self.absence = absence
    }

    /// Whether the account is there; asks if that is not known.
    ///
    /// - Parameter ask: not called where another's answer serves. What it throws goes to all that wait, and is not
    ///   remembered.
    func isPresent(
        _ account: ObjectKey,
        asking ask: @escaping @Sendable () async throws -> Bool
    ) async throws -> Bool {
        let now = ContinuousClock.now
        let (known, flight) = state.withLock { state -> (Bool?, SingleFlight<Bool>?) in
            if let known = state.known[account], known.until > now { return (known.isPresent, nil) }
            let flight =
                state.flights[account]
                ?? SingleFlight { [weak self] in
                    guard let self else { throw CancellationError() }
                    return try await land(account, ask)
                }
            state.flights[account] = flight
            return (nil, flight)
        }
        if let known { return known }
        return try await flight?.value() ?? false
    }

    /// The cluster said so in answer to something else.
    func note(_ account: ObjectKey, isPresent: Bool) {
        let now = ContinuousClock.now
        state.withLock { state in
            if state.known.count > 4096 { state.known = state.known.filter { $0.value.until > now } }
            state.known[account] = (isPresent, now + (isPresent ? lifetime : absence))
        }
    }

    private func land(_ account: ObjectKey, _ ask: @Sendable () async throws -> Bool) async throws -> Bool {
        // Who comes from now on joins this flight until it has ended, or finds what it brought.
        defer { state.withLock { $0.flights[account] = nil } }
        let isPresent = try await ask()
        note(account, isPresent: isPresent)
        return isPresent
    }
}
