import KubeClient
import KubeModel

/// Decides, for each pod, whose identity its delegate has, and sees to it that it can have it.
struct AccountDesk: Sendable {
    private enum Way: Sendable {
        case none
        case remote(RemoteAccounts)
        case origin(OriginServer, TokenKeeper)
    }

    private let way: Way

    /// Delegates have no identity.
    static let none = AccountDesk(way: .none)

    /// Delegates have that of the remote's ServiceAccounts.
    static func remote(_ accounts: RemoteAccounts) -> AccountDesk { AccountDesk(way: .remote(accounts)) }

    /// Delegates have that of their pods, for the origin's API server.
    static func origin(_ server: OriginServer, _ keeper: TokenKeeper) -> AccountDesk {
        AccountDesk(way: .origin(server, keeper))
    }

    private init(way: Way) { self.way = way }

    /// What keeps tokens, where there are any to keep.
    var keeper: TokenKeeper? {
        if case .origin(_, let keeper) = way { keeper } else { nil }
    }

    /// How the identity of a delegate that is there gets to the containers that are added to it.
    ///
    /// - Parameter tokenSecret: the Secret with its tokens; nil where it has none.
    func standing(tokenSecret: String?) -> AccountDelivery {
        guard case .origin(let server, _) = way, let tokenSecret else { return .none }
        return .origin(secret: tokenSecret, server: server)
    }

    /// How a pod's identity gets to its delegate. A pod that asks for no token costs nothing.
    ///
    /// - Parameter namespace: the delegate's, in the remote.
    /// - Throws: ``ProviderError``, `.missing` where there is no such ServiceAccount.
    func delivery(for pod: JSON, namespace: String) async throws -> AccountDelivery {
        let spec = pod["spec"] ?? [:]
        switch way {
        case .none:
            return .none
        case .remote(let accounts):
            let account = TokenVolumes.account(of: spec)
            try await accounts.expect(ObjectKey(namespace: namespace, name: account))
            return .remote(account: account)
        case .origin(let server, let keeper):
            let secret = TokenSecret.newName()
            guard let order = TokenOrder(spec: spec, secret: secret, server: server) else { return .none }
            let metadata = ObjectMeta(pod)
            try await keeper.prepare(order, pod: metadata.key, uid: metadata.uid)
            return .origin(secret: secret, server: server)
        }
    }
}
