internal import KubeClient
internal import Lifecycle
internal import Observability
internal import PodSync
internal import Providers
internal import Transport
internal import VirtualNode

/// Makes what runs for one cluster of the configuration.
struct ClusterFactory: Sendable {
    let originAccess: any ClusterEndpoint
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
    let readiness: Readiness

    /// The virtual nodes of a cluster. Its kubeconfig is read at each start and whenever it changes, so that one that is
    /// broken or missing concerns no other cluster and can be mended while the program runs.
    ///
    /// Whether the process is ready depends on the cluster from now on, until the service has run to its end.
    func service(for cluster: ClusterConfiguration) -> any Service {
        let shared = cluster.nodes.isEmpty ? nil : SharedConnection(logger: logger.with(["cluster": cluster.name]))
        let nodes = cluster.virtualNodes.map { service(for: $0, of: cluster, sharing: shared) }
        let work: any Service = if let shared { ClusterService(nodes: nodes, connection: shared) } else { nodes[0] }
        readiness.add(
            cluster.name,
            knowsPods: { nodes.allSatisfy(\.knowsPods) },
            progress: { nodes.map(\.progress) }
        )
        return ClosureService { [readiness] in
            defer { readiness.remove(cluster.name) }
            try await work.run()
        }
    }

    /// - Parameter shared: the connection that it has together with other virtual nodes; nil for one of its own.
    private func service(
        for node: VirtualNodeConfiguration,
        of cluster: ClusterConfiguration,
        sharing shared: SharedConnection?
    ) -> VirtualNodeService {
        let origin = clients.client(originAccess, cluster: NameSyntax.origin)
        return VirtualNodeService(
            settings: node.node,
            origin: origin,
            heartbeats: clients.heartbeats(originAccess, cluster: NameSyntax.origin),
            makeProvider: { try await provider(for: node, of: cluster, origin: origin, sharing: shared) },
            podSync: PodSyncOptions(
                workers: options.integer(.podSyncWorkers),
                annotations: cluster.feedback.annotations,
                maxRefusals: options.integer(.podSyncMaxRefusals),
                failUnscheduledAfter: cluster.pods.failUnscheduledAfter,
                holdsPods: node.node.onLost == .hold
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

    private func provider(
        for node: VirtualNodeConfiguration,
        of cluster: ClusterConfiguration,
        origin: APIClient,
        sharing shared: SharedConnection?
    ) async throws -> any PodProvider {
        let identity = DelegateIdentity(originID: try await identity.value(), nodeName: node.node.name)
        let make = { try connection(to: cluster, originID: identity.originID) }
        return RemoteCluster(
            connection: try shared?.connection(make) ?? make(),
            ownsConnection: shared == nil,
            origin: origin,
            sources: sources,
            identity: identity,
            settings: cluster.pods(of: node),
            capacity: CapacitySettings(
                reserve: node.reserve,
                canGrowTo: node.canGrowTo,
                assumed: node.node.limits
            ),
            serviceAccounts: try serviceAccounts(of: cluster),
            claims: ClaimSettings(origin: volumes, storageClasses: cluster.storageClasses),
            events: events,
            feedback: cluster.feedback
        )
    }

    private func connection(to cluster: ClusterConfiguration, originID: String) throws -> RemoteConnection {
        let access = try access(to: cluster)
        return RemoteConnection(
            name: cluster.name,
            client: clients.client(access, cluster: cluster.name),
            probes: clients.heartbeats(access, cluster: cluster.name),
            scrapes: clients.heartbeats(access, cluster: cluster.name),
            originID: originID,
            members: cluster.virtualNodes.map {
                RemoteConnection.Member(nodeName: $0.node.name, settings: cluster.pods(of: $0))
            },
            interests: RemoteConnection.Interests(
                claims: true,
                tokens: cluster.serviceAccounts == .origin,
                events: cluster.feedback.events
            ),
            logger: logger,
            metrics: metrics
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
