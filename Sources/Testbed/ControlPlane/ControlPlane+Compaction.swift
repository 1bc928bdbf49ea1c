import KubeModel

extension ControlPlane {
    /// Makes etcd forget every version but the latest, so that a watch from an older one is answered with 410 Gone. Of a
    /// shared etcd this is the history of all clusters.
    ///
    /// - Returns: the version that is kept.
    /// - Throws: `TestbedError` `.answer` if etcd refuses; `CancellationError`.
    @discardableResult
    package func compactStore() async throws -> String {
        let etcd = EtcdClient(http: surroundings.http, store: store)
        let revision = try await etcd.currentRevision()
        try await etcd.compact(to: revision)
        return revision
    }
}
