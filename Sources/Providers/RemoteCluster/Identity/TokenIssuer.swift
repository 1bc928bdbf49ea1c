import KubeClient
import KubeModel
import Synchronization

/// Asks the origin for tokens of its ServiceAccounts, each bound to the pod that it is for: with the pod they end.
final class TokenIssuer: Sendable {
    private let origin: APIClient
    let server: OriginServer
    private let now: @Sendable () -> Duration
    private let chance: @Sendable () -> Double
    private let accounts: AccountPresence
    private let authorities = Mutex<[String: (pem: String, until: Duration)]>([:])

    /// How long an authority is believed.
    private static let authorityLifetime = Duration.seconds(60)

    /// - Parameters:
    ///   - now: time since 1970.
    ///   - chance: from 0 to 1; spreads the renewals.
    init(
        origin: APIClient,
        server: OriginServer,
        now: @escaping @Sendable () -> Duration,
        chance: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        accounts: AccountPresence = AccountPresence()
    ) {
        self.origin = origin
        self.server = server
        self.now = now
        self.chance = chance
        self.accounts = accounts
    }

    /// Tokens for a pod of the origin.
    ///
    /// - Throws: ``ProviderError``; `.missing` where the origin has no such ServiceAccount.
    func issue(_ order: TokenOrder, pod: ObjectKey, uid: UID) async throws -> IssuedTokens {
        let authority = try await authority(in: pod.namespace)
        var tokens: [String] = []
        var refreshAt: Duration?
        for need in order.needs {
            let granted = try await token(need, account: order.account, pod: pod, uid: uid)
            tokens.append(granted.token)
            let due = now() + TokenRefresh.delay(life: granted.life, chance: chance())
            refreshAt = min(refreshAt ?? due, due)
        }
        return IssuedTokens(
            tokens: tokens,
            authority: authority,
            namespace: pod.namespace,
            refreshAt: refreshAt ?? now() + .seconds(86_400)
        )
    }

    /// A token, for which the origin is not asked where it has just said that there is no such account. What is not
    /// known, the first of many pods asks for all, by asking for its own.
    private func token(_ need: TokenNeed, account: String, pod: ObjectKey, uid: UID) async throws -> Granted {
        let key = ObjectKey(namespace: pod.namespace, name: account)
        let own = Parcel()
        let isPresent = try await accounts.isPresent(key) { [self] in
            let granted = try await request(need, account: key, pod: pod, uid: uid)
            own.granted.withLock { $0 = granted }
            return granted != nil
        }
        if let granted = own.granted.withLock({ $0 }) { return granted }
        if isPresent, let granted = try await request(need, account: key, pod: pod, uid: uid) { return granted }
        accounts.note(key, isPresent: false)
        throw ProviderError(
            .missing(kind: "ServiceAccount", key: key),
            reason: "ServiceAccountNotFound",
            message: "ServiceAccount \"\(key)\" not found; the pod starts when it exists."
        )
    }

    private struct Granted: Sendable {
        let token: String
        let life: Duration
    }

    /// What one pod was granted while it asked for all: nobody else's.
    private final class Parcel: Sendable {
        let granted = Mutex<Granted?>(nil)
    }

    /// Returns nil where there is no such account.
    private func request(_ need: TokenNeed, account: ObjectKey, pod: ObjectKey, uid: UID) async throws -> Granted? {
        do {
            let answer = try await origin.create(
                .serviceAccounts,
                namespace: account.namespace,
                object: Self.request(need, pod: pod, uid: uid),
                subresource: "token",
                name: account.name
            )
            guard let token = answer.at("status", "token")?.string, !token.isEmpty else {
                throw APIError(.decoding, message: "the answer to a TokenRequest has no token")
            }
            // The granted life and not the time of expiry: our clock need not agree with the server's.
            let seconds = answer.at("spec", "expirationSeconds")?.int ?? need.expirationSeconds ?? 3600
            return Granted(token: token, life: .seconds(seconds))
        } catch let error as APIError where error.code == .notFound && error.message.contains("serviceaccounts") {
            return nil
        } catch let error as APIError {
            throw Self.failure(error, account: account)
        }
    }

    private static func request(_ need: TokenNeed, pod: ObjectKey, uid: UID) -> JSON {
        var spec: JSON = [
            "audiences": .array(need.audience.map { [.string($0)] } ?? []),
            "boundObjectRef": [
                "apiVersion": "v1", "kind": "Pod", "name": .string(pod.name), "uid": .string(uid),
            ],
        ]
        spec["expirationSeconds"] = need.expirationSeconds.map(JSON.int)
        return ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec]
    }

    private static func failure(_ error: APIError, account: ObjectKey) -> ProviderError {
        switch error.code {
        case .tooManyRequests: ProviderError(error, doing: "asking for a token of ServiceAccount \(account)")
        default:
            ProviderError(
                .unavailable,
                reason: "TokenNotIssued",
                message: "The origin gives no token of ServiceAccount \"\(account)\": \(error.message)"
            )
        }
    }
}

// MARK: - Authority

extension TokenIssuer {
    /// What to trust for the origin's API server: what pods of that namespace are given in the origin (since Kubernetes
    /// 1.20 by default), and what martlet itself trusts for the address.
    private func authority(in namespace: String) async throws -> String {
        let now = now()
        if let known = authorities.withLock({ $0[namespace] }), known.until > now { return known.pem }
        var bundles = [try await published(in: namespace), try await trusted()].compactMap { $0 }
        if bundles.count == 2, bundles[0].contains(bundles[1]) { bundles.removeLast() }
        guard !bundles.isEmpty else {
            throw ProviderError(
                .unavailable,
                reason: "AuthorityUnknown",
                message: "Neither ConfigMap \"\(namespace)/\(TokenVolumes.authorityConfigMap)\" nor the kubeconfig of "
                    + "the origin says which authority to trust for its API server."
            )
        }
        let pem = bundles.map { $0 + "\n" }.joined()
        authorities.withLock { known in
            if known.count > 4096 { known = known.filter { $0.value.until > now } }
            known[namespace] = (pem, now + Self.authorityLifetime)
        }
        return pem
    }

    private func published(in namespace: String) async throws -> String? {
        do {
            let map = try await origin.get(.configMaps, namespace: namespace, name: TokenVolumes.authorityConfigMap)
            return Self.trimmed(map.at("data", "ca.crt")?.string ?? "")
        } catch let error as APIError where error.code == .notFound || error.code == .forbidden {
            return nil
        } catch let error as APIError {
            throw ProviderError(error, doing: "reading ConfigMap \(namespace)/\(TokenVolumes.authorityConfigMap)")
        }
    }

    private func trusted() async throws -> String? {
        do {
            return try await server.authority().flatMap { Self.trimmed(String(decoding: $0, as: UTF8.self)) }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ProviderError(.unavailable, reason: "AuthorityUnknown", message: "\(error)")
        }
    }

    private static func trimmed(_ text: String) -> String? {
        var rest = text[...]
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest.isEmpty ? nil : String(rest)
    }
}
