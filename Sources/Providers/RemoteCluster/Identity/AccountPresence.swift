import KubeModel
import Lifecycle

/// Which ServiceAccounts a cluster has, by what it answered a moment ago. Of many that ask about one at the same time, one
/// asks the cluster, for all.
final class AccountPresence: Sendable {
    private let lifetime: Duration
    private let absence: Duration
    private let answers = ExpiringCache<ObjectKey, Bool>()

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
        try await answers.value(for: account, lifetime: { [self] in time(for: $0) }, ask: ask)
    }

    /// The cluster said so in answer to something else.
    func note(_ account: ObjectKey, isPresent: Bool) {
        answers.note(isPresent, for: account, lifetime: time(for: isPresent))
    }

    private func time(for isPresent: Bool) -> Duration { isPresent ? lifetime : absence }
}
