package import KubeClient
internal import KubeModel
internal import Lifecycle
internal import Synchronization
internal import Transport

/// Tells who asks, as a kubelet does: by a client certificate that the origin's authority has signed, or by a token that
/// the origin's API server knows. One for all nodes of a process.
///
/// Anybody can make up tokens, and each costs the origin a review. So a peer has only so many that are not believed; who
/// shows one that is known already is not concerned.
package final class KubeletAuthenticator: Sendable {
    /// How long an answer about a token holds, as a kubelet has it by default.
    static let tokenLifetime = Duration.seconds(120)
    /// No token that means anything is longer.
    private static let longestToken = 64 << 10

    /// Tokens of one peer that are not believed: so many at once, and one more with each second.
    static let failureBurst = 16
    private static let failuresPerSecond = 1.0

    private let origin: APIClient
    private let now: @Sendable () -> ContinuousClock.Instant
    /// Known by their digests: no token stays in memory, and none takes more of it than another.
    private let tokens: ExpiringCache<[UInt8], KubeletUser?>
    private let failures = Mutex(
        PeerAllowance(
            burst: KubeletAuthenticator.failureBurst,
            perSecond: KubeletAuthenticator.failuresPerSecond
        )
    )

    /// - Parameters:
    ///   - origin: asks about tokens.
    ///   - now: moves the end of what it answered.
    package init(origin: APIClient, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.origin = origin
        self.now = now
        tokens = ExpiringCache(limit: 1024, now: now)
    }

    /// - Returns: nil for who shows nothing that is believed.
    /// - Throws: `APIError` when the origin can't be asked; ``KubeletFailure`` 429 for who has shown too many tokens in
    ///   vain; `CancellationError`.
    func user(of exchange: HTTPExchange) async throws -> KubeletUser? {
        if let certificate = exchange.certificate { return KubeletUser(certificate) }
        return try await user(showing: exchange.request.headers.first("Authorization"), peer: exchange.peer)
    }

    /// As ``user(of:)``, by the `Authorization` header alone.
    func user(showing header: String?, peer: String) async throws -> KubeletUser? {
        guard let token = Self.token(in: header) else { return nil }
        let digest = Digest.sha256(Array(token.utf8))
        return try await tokens.value(for: digest, lifetime: { _ in Self.tokenLifetime }) { [self] in
            try await review(token, from: peer)
        }
    }

    private func review(_ token: String, from peer: String) async throws -> KubeletUser? {
        let start = now()
        guard failures.withLock({ $0.take(peer, now: start) }) else {
            throw KubeletFailure(429, "Too many tokens that are not known")
        }
        let review: JSON = [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": ["token": .string(token)],
        ]
        let status = try await origin.create(.tokenReviews, object: review)["status"]
        guard let user = KubeletUser(review: status) else { return nil }
        let end = now()
        failures.withLock { $0.giveBack(peer, now: end) }
        return user
    }

    /// The token of an `Authorization` header (RFC 6750, section 2.1).
    static func token(in header: String?) -> String? {
        guard let header, header.utf8.count <= longestToken else { return nil }
        let words = header.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}
