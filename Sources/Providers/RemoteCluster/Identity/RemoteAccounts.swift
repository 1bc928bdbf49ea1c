import KubeClient
import KubeModel

/// Knows which ServiceAccounts a remote has of its own, as far as delegates ask for them.
final class RemoteAccounts: Sendable {
    private let client: APIClient
    private let cluster: String
    private let presence: AccountPresence

    init(client: APIClient, cluster: String, presence: AccountPresence = AccountPresence()) {
        self.client = client
        self.cluster = cluster
        self.presence = presence
    }

    /// Returns if the remote has the ServiceAccount, or does not let itself be asked: then its admission tells.
    ///
    /// - Throws: ``ProviderError``, `.missing` if it has not.
    func expect(_ account: ObjectKey) async throws {
        let isPresent = try await presence.isPresent(account) { [client] in
            do {
                _ = try await client.get(.serviceAccounts, namespace: account.namespace, name: account.name)
                return true
            } catch let error as APIError where error.code == .notFound {
                return false
            } catch let error as APIError where error.code == .forbidden {
                return true
            } catch let error as APIError {
                throw ProviderError(error, doing: "reading ServiceAccount \(account)")
            }
        }
        guard isPresent else { throw missing(account) }
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
