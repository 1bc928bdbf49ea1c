import KubeClient
import KubeModel
import Synchronization

/// What the API of a remote has, by its own word. Asked when something depends on it, and believed for a while: a
/// cluster may be upgraded while we look.
final class RemoteFeatures: Sendable {
    private let client: APIClient
    private let lifetime: Duration
    private let known = Mutex<(kinds: [String: String], until: ContinuousClock.Instant)?>(nil)

    init(client: APIClient, lifetime: Duration = .seconds(60)) {
        self.client = client
        self.lifetime = lifetime
    }

    /// The kind of object that a subresource of pods speaks ("pods/resize"); nil where the remote does not have it.
    ///
    /// - Throws: `APIError`.
    func kind(of subresource: String) async throws -> String? {
        let now = ContinuousClock.now
        if let known = known.withLock({ $0 }), known.until > now { return known.kinds[subresource] }
        let kinds = try await client.served(besides: .pods)
        known.withLock { $0 = (kinds, now + lifetime) }
        return kinds[subresource]
    }

    /// Whether a release ("v1.20.2", "v1.31.2-gke.1") is at least 1.`minor`; true for what can't be read.
    static func release(_ version: String, isAtLeast minor: Int) -> Bool {
        let parts = version.drop { $0 == "v" }.split(separator: ".")
        guard parts.count >= 2, let major = Int(parts[0]) else { return true }
        guard let number = Int(parts[1].prefix { $0.isNumber }) else { return true }
        return major > 1 || number >= minor
    }
}
