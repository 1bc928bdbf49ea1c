internal import KubeClient
internal import Lifecycle
internal import Observability
internal import PodSync
internal import Providers
internal import Transport
internal import VirtualNode

/// Makes what runs for one cluster of the configuration.
struct ClusterFactory: Sendable {
    let originAccess: ClusterAccess
    let identity: OriginIdentity
    /// What pods refer to in the origin, for all clusters.
    let sources: DependentSources
    let clients: ClientFactory
    let environment: [String: String]
    let options: OptionValues
    let kubelet: KubeletHost?
    /// Knows how clusters are reached that Secrets bring.
    let catalog: ClusterCatalog
    let events: EventRecorder
    /// The origin's claims and volumes.
    let volumes: OriginVolumes
    let logger: Logger
    let metrics: MetricsRegistry

    /// The virtual node of a cluster. Its kubeconfig is read at each start and whenever it changes, so that one that is
    /// broken or missing concerns no other cluster and can be mended while the program runs.
    func service(for cluster: ClusterConfiguration) -> VirtualNodeService {
        let origin = clients.client(originAccess, cluster: "origin")
        return VirtualNodeService(
            settings: cluster.node,
            origin: origin,
            heartbeats: clients.heartbeats(originAccess, cluster: "origin"),
            makeProvider: { try await provider(for: cluster, origin: origin) },
            podSync: PodSyncOptions(
                workers: options.integer(.podSyncWorkers),
                annotations: cluster.feedback.annotations,
                maxRefusals: options.integer(.podSyncMaxRefusals),
                holdsPods: cluster.node.onLost == .hold
            ),
            brake: OrphanBrake.Limit(
                percent: options.integer(.deletionBrakePercent),
                count: options.integer(.deletionBrakeCount)
            ),
            options: NodeOptions(statusInterval: options.duration(.statusUpdateFrequency)),
            kubelet: kubelet,
            events: events,
            logger: logger,
            metrics: metrics
        )
    }

    private func provider(for cluster: ClusterConfiguration, origin: APIClient) async throws -> any PodProvider {
        let access = try access(to: cluster)
        return RemoteCluster(
            name: cluster.name,
            client: clients.client(access, cluster: cluster.name),
            probes: clients.heartbeats(access, cluster: cluster.name),
            scrapes: clients.heartbeats(access, cluster: cluster.name),
            origin: origin,
            sources: sources,
            identity: DelegateIdentity(originID: try await identity.value(), nodeName: cluster.name),
            settings: cluster.pods,
            capacity: CapacitySettings(
                reserve: cluster.reserve,
                canGrowTo: cluster.canGrowTo,
                assumed: cluster.node.limits
            ),
            serviceAccounts: try serviceAccounts(of: cluster),
            claims: ClaimSettings(origin: volumes, storageClasses: cluster.storageClasses),
            events: events,
            logger: logger,
            metrics: metrics,
            feedback: cluster.feedback
        )
    }

    private func access(to cluster: ClusterConfiguration) throws(KubeConfigError) -> any ClusterEndpoint {
        let logger = logger.with(["cluster": cluster.name])
        guard let secret = cluster.secret else {
            let files = KubeConfigFiles(path: cluster.kubeconfig, context: cluster.context, environment: environment)
            return try RenewableAccess(files) { result in
                switch result {
                case .success: logger.info("The kubeconfig has changed")
                case .failure(let error):
                    logger.error("The kubeconfig is of no use, the one before stays", ["error": "\(error)"])
                }
            }
        }
        return try RenewableAccess(catalog.kubeconfig(in: secret)) { [catalog] result in
            switch result {
            case .success: logger.info("The kubeconfig has changed")
            case .failure(let error): catalog.report(error, in: secret)
            }
        }
    }

    private func serviceAccounts(of cluster: ClusterConfiguration) throws -> ServiceAccountPolicy {
        switch cluster.serviceAccounts {
        case .none: return .none
        case .remote: return .remote
        case .origin:
            let server = try AdvertisedServer(options.text(.originAPIServer), kubeconfigServer: originAccess.server)
            return .origin(
                OriginServer(host: server.host, port: server.port) { [originAccess] in
                    try await originAccess.connection().tls.caPEM
                }
            )
        }
    }
}
