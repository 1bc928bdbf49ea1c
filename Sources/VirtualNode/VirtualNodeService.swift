package import KubeClient
internal import Lifecycle
package import Observability
package import PodSync
package import Providers

/// One cluster as one Node of the origin: everything that runs for it.
///
/// The Node and its lease are kept for as long as the service runs, whatever becomes of the cluster; the provider and
/// the pods run beside them, and start again when they fail. Stopping leaves node, lease and pods as they are.
package struct VirtualNodeService: Service {
    private let settings: NodeSettings
    private let origin: APIClient
    private let heartbeats: APIClient
    private let makeProvider: @Sendable () async throws -> any PodProvider
    private let podSync: PodSyncOptions
    private let options: NodeOptions
    private let kubelet: KubeletHost?
    private let directory: PodDirectory
    private let statistics: NodeStatistics
    private let events: EventRecorder
    private let logger: Logger
    private let metrics: MetricsRegistry
    private let state: VirtualNodeState

    /// - Parameters:
    ///   - origin: Calls the origin for the pods.
    ///   - heartbeats: Calls the origin for the node and its lease, with a budget that nothing else uses up; without
    ///     it the node shares that of the pods.
    ///   - brake: how many delegates may end at once whose pods went unseen.
    ///   - kubelet: What the node's kubelet endpoint needs; nil for a node without one, as is one without an address.
    ///   - makeProvider: Makes what runs the pods, anew for each start; an error is told in the node's Ready condition
    ///     and it is called again later.
    package init(
        settings: NodeSettings,
        origin: APIClient,
        heartbeats: APIClient? = nil,
        makeProvider: @escaping @Sendable () async throws -> any PodProvider,
        podSync: PodSyncOptions = PodSyncOptions(),
        brake: OrphanBrake.Limit = OrphanBrake.Limit(),
        options: NodeOptions = NodeOptions(),
        kubelet: KubeletHost? = nil,
        events: EventRecorder,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.settings = settings
        self.origin = origin
        self.heartbeats = heartbeats ?? origin
        self.makeProvider = makeProvider
        self.podSync = podSync
        self.options = options
        directory = PodDirectory()
        statistics = NodeStatistics(node: settings.name, directory: directory)
        self.kubelet = settings.address == nil || settings.isDetached ? nil : kubelet
        self.events = events
        let isAlone = settings.cluster == settings.name
        self.logger = logger.with(["cluster": settings.cluster]).with(isAlone ? [:] : ["node": settings.name])
        self.metrics = metrics
        state = VirtualNodeState(brake: OrphanBrake(brake))
    }

    /// How far it has come since it was made.
    package var progress: NodeProgress { state.progress }
    /// False while the origin has not told the node's pods since it was made and is asked for them.
    package var knowsPods: Bool { state.knowsPods }

    package func run() async throws {
        let kubelet = makeKubelet()
        if kubelet == nil { state.set(kubelet: .closed) }
        if settings.isDetached { state.set(sync: .detached) }
        let work: [any Service] = settings.isDetached ? [] : [supervisor]
        _ = try await cancelOnShutdown {
            try await withThrowingDiscardingTaskGroup { group in
                for part in [nodeController, lease] + work + (kubelet.map { [$0] } ?? []) {
                    group.addTask { try await keep(part) }
                }
            }
        }
    }

    /// None of the parts ends by itself. Should one do it all the same, it is started again, and neither its siblings
    /// nor other clusters notice.
    private func keep(_ part: any Service) async throws {
        var failures = 0
        while true {
            do {
                try await part.run()
            } catch {
                try Task.checkCancellation()
                logger.error("A part of the virtual node failed", ["part": "\(type(of: part))", "error": "\(error)"])
            }
            failures += 1
            try await Task.sleep(for: Self.backoff.delay(failures: failures))
        }
    }

    private static let backoff = Backoff(base: .seconds(1), cap: .seconds(60), jitter: 0.2)

    private var nodeController: NodeController {
        NodeController(
            settings: settings,
            client: heartbeats,
            state: state,
            options: options,
            events: events,
            logger: logger.labelled("node"),
            metrics: metrics
        )
    }

    private var lease: NodeLease {
        NodeLease(
            nodeName: settings.name,
            duration: options.leaseDuration,
            client: heartbeats,
            state: state,
            logger: logger.labelled("lease"),
            metrics: metrics
        )
    }

    private func makeKubelet() -> KubeletService? {
        kubelet.map { host in
            let logger = logger.labelled("kubelet")
            let endpoint = KubeletEndpoint(
                nodeName: settings.name,
                directory: directory,
                statistics: statistics,
                authenticator: host.authenticator,
                authorizer: host.authorizer,
                dialer: host.dialer,
                logger: logger,
                metrics: metrics,
                configuration: KubeletConfiguration(settings, host),
                commands: host.commands
            )
            return KubeletService(
                settings: settings,
                host: host,
                endpoint: endpoint,
                state: state,
                logger: logger,
                clock: ContinuousClock(),
                source: host.makeIdentitySource(for: settings, logger: logger)
            )
        }
    }

    private var supervisor: WorkloadSupervisor {
        WorkloadSupervisor(
            state: state,
            backoff: Self.backoff,
            clock: ContinuousClock(),
            logger: logger,
            restarts: metrics.counter(
                "martlet_cluster_restarts_total",
                help: "How often the work for the cluster failed and was started again.",
                labels: ["cluster": settings.name]
            ),
            work: runPods
        )
    }

    /// Runs the provider and the pods until one of them fails; synced once all pods and delegates are known.
    @Sendable
    private func runPods() async throws {
        let provider = try await provider()
        state.set(sync: .starting)
        state.set(source: provider.node)
        let pods = PodSyncController(
            nodeName: settings.name,
            origin: origin,
            provider: provider,
            options: podSync,
            brake: state.brake,
            shortage: state.shortage,
            logger: logger.labelled("pods"),
            metrics: metrics,
            events: events
        )
        state.onOriginTurn { [weak pods] in pods?.originTurned(isInSight: $0) }
        directory.open(pods, provider)
        defer { directory.close() }
        state.set(knowsPods: false)
        defer { state.set(knowsPods: nil) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await provider.run()
                return true
            }
            group.addTask {
                try await pods.run()
                return true
            }
            group.addTask {
                try await pods.waitUntilListed()
                state.set(knowsPods: true)
                try await pods.waitUntilSynced()
                for await settlement in pods.settled { state.set(sync: PodSyncState(settlement)) }
                return false
            }
            for try await ended in group where ended { throw WorkloadError.endedEarly }
        }
    }

    private func provider() async throws -> any PodProvider {
        do {
            return try await makeProvider()
        } catch {
            try Task.checkCancellation()
            throw WorkloadError.noProvider("\(error)")
        }
    }
}
