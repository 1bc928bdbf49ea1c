internal import Glibc
internal import KubeClient
internal import Lifecycle
internal import Observability
internal import PodSync
internal import Providers
internal import Transport
internal import VirtualNode

/// Puts the program together from its configuration and runs it until a signal ends it.
struct Composition {
    let configuration: Configuration
    let environment: [String: String]
    /// Reads the configuration once more, from the same sources.
    let readConfiguration: @Sendable () throws(ConfigurationProblems) -> Configuration

    /// The longest time that a graceful stop takes.
    private static let gracePeriod = Duration.seconds(10)

    /// Runs until a signal.
    ///
    /// - Returns: The exit code.
    /// - Throws: ``ConfigurationProblems`` if the origin's kubeconfig cannot be used.
    func run() async throws -> Int32 {
        // A broken connection, or a log that nobody reads any more, is no reason to end. The commands for people end with
        // their reader.
        Signals.ignore(SIGPIPE)
        let signals = Signals.stream([SIGTERM, SIGINT])
        let hangups = Signals.stream([SIGHUP])
        let logger = configuration.options.makeLogger()
        let metrics = MetricsRegistry.ofProcess()
        let access: any ClusterEndpoint
        do {
            access = try originAccess(logger: logger)
        } catch {
            throw ConfigurationProblems(file: "kubeconfig", field: "origin", message: "\(error)")
        }
        let loop = try TransferLoop.start()
        let connections = try ConnectionLoop.start()
        let (health, readiness) = (HealthChecks(name: "healthz"), Readiness())
        for checks in [health, readiness.checks] {
            checks.register("transfer-loop") { loop.isRunning ? nil : "the thread of the transfers has ended" }
            checks.register("connection-loop") {
                connections.isRunning ? nil : "the thread of the connections has ended"
            }
        }
        let status = try StatusEndpoint.server(configuration.options, on: connections)
        let http = CurlHTTPClient(loop: loop)
        let clients = ClientFactory(http: http, options: configuration.options, logger: logger, metrics: metrics)
        let endpoint = StatusEndpoint(metrics: metrics, health: health, readiness: readiness.checks)
        let code = await withTaskGroup(of: Void.self) { group in
            group.addTask { await status?.run { endpoint.answer($0) } }
            let loops = Loops(loop, connections)
            let code = await run(origin: access, clients, loops, (signals, hangups), logger, metrics, readiness)
            group.cancelAll()
            return code
        }
        await http.shutdown()
        await connections.stop()
        return code
    }

    private func run(
        origin: any ClusterEndpoint,
        _ clients: ClientFactory,
        _ loops: Loops,
        _ signals: (end: AsyncStream<Int32>, hangup: AsyncStream<Int32>),
        _ logger: Logger,
        _ metrics: MetricsRegistry,
        _ readiness: Readiness
    ) async -> Int32 {
        let (stop, abort, last) = (ShutdownSignal(), ShutdownSignal(), LastSignal())
        let client = clients.heartbeats(origin, cluster: NameSyntax.origin)
        let events = EventRecorder(client: client, component: "martlet", logger: logger, metrics: metrics)
        let kubelet = KubeletHostFactory(
            options: configuration.options,
            originAccess: origin,
            clients: clients,
            loop: loops.connections,
            logger: logger
        ).host()
        let sources = DependentSources(
            client: clients.client(origin, cluster: NameSyntax.origin),
            logger: logger,
            metrics: metrics
        )
        let volumes = OriginVolumes(
            client: clients.client(origin, cluster: NameSyntax.origin),
            events: events,
            logger: logger.labelled("volumes"),
            metrics: metrics
        )
        let catalog = ClusterCatalog(
            client: clients.client(origin, cluster: NameSyntax.origin),
            namespace: configuration.options.text(.clusterSecretsNamespace),
            hasFolder: configuration.options.text(.clusterFilesDirectory) != nil,
            address: configuration.options.text(.nodeAddress),
            events: events,
            logger: logger.labelled("clusters"),
            metrics: metrics
        )
        let factory = ClusterFactory(
            originAccess: origin,
            identity: OriginIdentity(client: client),
            sources: sources,
            clients: clients,
            environment: environment,
            options: configuration.options,
            kubelet: kubelet,
            catalog: catalog,
            events: events,
            volumes: volumes,
            logger: logger,
            metrics: metrics,
            readiness: readiness
        )
        let stopOnSignals = StopOnSignals(signals.end, stop: stop, abort: abort) { signal in
            last.set(signal)
            logger.info("Stopping", ["signal": "\(signal)"])
        }
        var members = [
            ServiceGroup.Member("signals", stopOnSignals),
            ServiceGroup.Member("transfers", ClosureService { try await loops.watch() }),
            ServiceGroup.Member("memory", MemoryTrim()),
            ServiceGroup.Member("events", ClosureService { _ = try await cancelOnShutdown { try await events.run() } }),
        ]
        if let namespace = configuration.options.text(.leaderElectionNamespace) {
            let leadership = Leadership(
                LeaderElection(
                    client: client,
                    namespace: namespace,
                    name: "martlet",
                    identity: ProcessName.unique(),
                    logger: logger.labelled("election"),
                    metrics: metrics
                )
            )
            // As long as it stands by it serves no cluster, and is ready.
            readiness.knowClusters()
            members.append(
                ServiceGroup.Member(
                    "leadership",
                    leadership,
                    ready: {
                        try await leadership.wait()
                        readiness.awaitClusters()
                    }
                )
            )
        }
        members.append(
            ServiceGroup.Member(
                "dependents",
                ClosureService { _ = try await cancelOnShutdown { try await sources.run() } }
            )
        )
        if let kubelet { members.append(ServiceGroup.Member("client-authorities", kubelet.authorities)) }
        members.append(ServiceGroup.Member("volumes", volumes))
        let fleet = ClusterFleet(
            firstPort: configuration.options.integer(.kubeletPort),
            logger: logger,
            metrics: metrics,
            onGone: { name in
                do {
                    try await NodeLease.release(name, by: client)
                } catch {
                    logger.warning("Cannot give back the node's lease", ["cluster": name, "error": "\(error)"])
                }
            },
            onComplete: readiness.knowClusters
        ) { factory.service(for: $0) }
        catalog.onChange { fleet.want($0, areAll: $1) }
        members.append(ServiceGroup.Member("clusters", fleet))
        catalog.take(fromFile: configuration.clusters)
        if let path = configuration.options.text(.clusterFilesDirectory) {
            let watch = ClusterFolderWatch(
                folder: ClusterFolder(path: path, environment: environment),
                logger: logger.labelled("clusters"),
                onChange: catalog.take(fromFolder:)
            )
            members.append(ServiceGroup.Member("cluster-files", watch, ready: watch.waitForFirstLook))
        }
        members.append(ServiceGroup.Member("cluster-secrets", catalog))
        let watch = ConfigurationWatch(
            current: configuration,
            read: readConfiguration,
            hangups: signals.hangup,
            logger: logger,
            onChange: catalog.take(fromFile:)
        )
        members.append(ServiceGroup.Member("configuration", watch))
        logger.info(
            "Started",
            [
                "version": Version.current, "clusters": configuration.clusters.map(\.name).joined(separator: ","),
            ]
        )
        return await ServiceGroup(members, stop: stop, abort: abort, gracePeriod: Self.gracePeriod)
            .exitCode(last: last, logger: logger)
    }

    /// The way to the origin, by its kubeconfig as it stands now.
    private func originAccess(logger: Logger) throws(KubeConfigError) -> any ClusterEndpoint {
        let files = ClusterAccesses.originFiles(configuration.options, environment: environment)
        return try RenewableAccess(OriginKubeConfig(files)) { result in
            switch result {
            case .success: logger.info("The origin's kubeconfig has changed")
            case .failure(let error):
                logger.error("The origin's kubeconfig is of no use, the one before stays", ["error": "\(error)"])
            }
        }
    }
}

/// The threads that carry what goes over the network.
private struct Loops: Sendable {
    let transfers: TransferLoop
    let connections: ConnectionLoop

    init(_ transfers: TransferLoop, _ connections: ConnectionLoop) {
        self.transfers = transfers
        self.connections = connections
    }

    /// Ends the process when one of them has ended, so that whoever keeps it starts it again: a process that lives on
    /// without its transfers would let every lease expire.
    func watch() async throws {
        _ = try await cancelOnShutdown {
            await withTaskGroup { group in
                for ended in [transfers.ended, connections.ended] { group.addTask { await ended.wait() } }
                await group.next()
                group.cancelAll()
            }
            try Task.checkCancellation()
            throw TransportError(.closed, "a thread that carries connections has ended; the log tells why")
        }
    }
}
