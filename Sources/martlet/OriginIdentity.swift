internal import KubeClient
internal import KubeModel
internal import Synchronization

/// What tells one origin from another in a remote that serves several: the UID of the origin's namespace kube-system,
/// which lives as long as the cluster.
final class OriginIdentity: Sendable {
    private let client: APIClient
    private let known = Mutex<String?>(nil)

    init(client: APIClient) {
        self.client = client
    }

    /// The UID, read once.
    ///
    /// - Throws: `APIError`, `CancellationError`.
    func value() async throws -> String {
        if let uid = known.withLock({ $0 }) { return uid }
        let uid = try await client.clusterID()
        guard !uid.isEmpty else {
            throw ObjectError("the namespace kube-system of the origin has no uid")
        }
        known.withLock { $0 = uid }
        return uid
    }
}
