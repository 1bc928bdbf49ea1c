import KubeClient
import KubeModel
import Synchronization

/// Knows which ServiceAccounts a remote has of its own, as far as delegates ask for them.
final class RemoteAccounts: Sendable {
    private let client: APIClient
    private let cluster: String
    private let lifetime: Duration
    private let known = Mutex<[ObjectKey: ContinuousClock.Instant]>([:])

    /// - Parameter lifetime: how long it is believed that one is there.
    init(client: APIClient, cluster: String, lifetime: Duration = .seconds(10)) {
        self.client = client
        self.cluster = cluster
        self.lifetime = lifetime
    }

    /// Returns if the remote has the ServiceAccount, or does not let itself be asked: then its admission tells.
    ///
    /// - Throws: ``ProviderError``, `.missing` if it has not.
    func expect(_ account: ObjectKey) async throws {
        let now = ContinuousClock.now
        if known.withLock({ $0[account].map { $0 > now } ?? false }) { return }
        do {
            _ = try await client.get(.serviceAccounts, namespace: account.namespace, name: account.name)
        } catch let error as APIError where error.code == .notFound {
            throw missing(account)
        } catch let error as APIError where error.code == .forbidden {
            return
        } catch let error as APIError {
            throw ProviderError(error, doing: "reading ServiceAccount \(account)")
        }
        known.withLock { known in
            if known.count > 4096 { known = known.filter { $0.value > now } }
            known[account] = now + lifetime
        }
    }

    /// Every namespace has a default one a moment after it was made; any other somebody has to make.
    private func missing(_ account: ObjectKey) -> ProviderError {
        let message = "ServiceAccount \"\(account)\" is not in cluster \(cluster), whose identity the pod would have."
        guard account.name != "default" else {
            return ProviderError(.unavailable, reason: "NamespaceStarting", message: message)
        }
        return ProviderError(
            .missing(kind: "ServiceAccount", key: account),
            reason: "ServiceAccountNotInCluster",
            message: message
        )
    }
}
