package import KubeClient
internal import KubeModel
internal import Transport

/// Tells who asks, as a kubelet does: by a client certificate that the origin's authority has signed, or by a token that
/// the origin's API server knows. One for all nodes of a process.
package final class KubeletAuthenticator: Sendable {
    /// How long an answer about a token holds, as a kubelet has it by default.
    static let tokenLifetime = Duration.seconds(120)
    /// No token that means anything is longer.
    private static let longestToken = 64 << 10

    private let origin: APIClient
    /// Known by the token itself, which stays in memory for as long as it is asked for.
    private let tokens: ExpiringCache<String, KubeletUser?>

    /// - Parameter origin: asks about tokens.
    package init(origin: APIClient) {
        self.origin = origin
        tokens = ExpiringCache(limit: 1024)
    }

    /// - Returns: nil for who shows nothing that is believed.
    /// - Throws: `APIError` when the origin can't be asked.
    func user(of exchange: HTTPExchange) async throws -> KubeletUser? {
        if let certificate = exchange.certificate { return KubeletUser(certificate) }
        guard let token = Self.token(in: exchange.request.headers.first("Authorization")) else { return nil }
        return try await tokens.value(for: token, lifetime: { _ in Self.tokenLifetime }) {
            let review: JSON = [
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": ["token": .string(token)],
            ]
            return KubeletUser(review: try await origin.create(.tokenReviews, object: review)["status"])
        }
    }

    /// The token of an `Authorization` header (RFC 6750, section 2.1).
    static func token(in header: String?) -> String? {
        guard let header, header.utf8.count <= longestToken else { return nil }
        let words = header.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}
