internal import KubeClient
internal import Lifecycle
internal import Observability
internal import PodSync
internal import Providers
internal import VirtualNode

/// Makes what runs for one cluster of the configuration.
struct ClusterFactory: Sendable {
    let originAccess: ClusterAccess
    let identity: OriginIdentity
    let clients: ClientFactory
    let environment: [String: String]
    let options: OptionValues
    let events: EventRecorder
    let logger: Logger
    let metrics: MetricsRegistry

    /// The virtual node of a cluster. Its kubeconfig is read at each start, so that one that is broken or missing
    /// concerns no other cluster and can be mended while the program runs.
    func service(for cluster: ClusterConfiguration) -> VirtualNodeService {
        let origin = clients.client(originAccess, cluster: "origin")
        return VirtualNodeService(
            settings: cluster.node,
            origin: origin,
            heartbeats: clients.heartbeats(originAccess, cluster: "origin"),
            makeProvider: { try await provider(for: cluster, origin: origin) },
            podSync: PodSyncOptions(workers: options.integer(.podSyncWorkers)),
            options: NodeOptions(statusInterval: options.duration(.statusUpdateFrequency)),
            events: events,
            logger: logger,
            metrics: metrics
        )
    }

    private func provider(for cluster: ClusterConfiguration, origin: APIClient) async throws -> any PodProvider {
        let access = try ClusterAccesses.remote(cluster, environment: environment)
        return RemoteCluster(
            name: cluster.name,
            client: clients.client(access, cluster: cluster.name),
            origin: origin,
            identity: DelegateIdentity(originID: try await identity.value(), nodeName: cluster.name),
            logger: logger,
            metrics: metrics
        )
    }
}
