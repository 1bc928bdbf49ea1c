package import KubeClient
package import KubeModel
package import Observability

/// A remote cluster as a provider: each pod's instance is a delegate, an ordinary Pod in that cluster.
///
/// It has its own client, its own watches and its own health, so that a remote that is dead, slow or hostile concerns
/// nobody else. All it knows can be read again from the remote: delegates carry the marks of ``DelegateIdentity``.
package final class RemoteCluster: PodProvider {
    package let name: String
    package var node: any NodeSource { source }

    let client: APIClient
    let identity: DelegateIdentity
    let cache = DelegateCache()
    let source: RemoteNodeSource
    let dependents: DependentCheck
    let namespaces: NamespaceDirectory
    let logger: Logger
    let metrics: MetricsRegistry
    /// Measures the time between probes.
    let clock: any Clock<Duration>

    /// - Parameters:
    ///   - client: calls the remote.
    ///   - origin: reads what pods refer to in the origin.
    ///   - clock: measures the time between probes of the remote's health.
    package init(
        name: String,
        client: APIClient,
        origin: APIClient,
        identity: DelegateIdentity,
        logger: Logger,
        metrics: MetricsRegistry,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.name = name
        self.clock = clock
        self.client = client
        self.identity = identity
        self.logger = logger.with(["cluster": name])
        self.metrics = metrics
        source = RemoteNodeSource(cluster: name)
        namespaces = NamespaceDirectory(client: client, originID: identity.originID, logger: self.logger)
        dependents = DependentCheck(origin: origin, remote: client, cluster: name)
    }

    package func onChange(_ notify: @escaping @Sendable (UID) -> Void) { cache.onChange(notify) }

    package func waitUntilSynced() async throws { try await cache.waitUntilSynced() }

    package func instance(for podUID: UID) -> PodInstance? { cache.instance(for: podUID) }

    package func departed(_ podUID: UID) -> PodInstance? { cache.departed(podUID) }

    package func isProvedGone(_ podUID: UID) -> Bool { cache.isProvedGone(podUID) }

    package func forget(_ podUID: UID) { cache.forget(podUID) }

    package var instances: [PodInstance] { cache.instances }

    /// Where a pod's delegate lives: the same namespace and name.
    func delegateKey(of key: ObjectKey) -> ObjectKey { key }
}
