internal import Admission
internal import Glibc
internal import KubeClient
internal import Lifecycle
internal import Observability
internal import Transport

/// `martlet webhook`: answers the origin's API server about pods that are made, until a signal. It reads no kubeconfig
/// and has no right in any cluster.
struct WebhookCommand: Sendable {
    private let options: OptionValues
    private let files: CertificateFiles
    private let clusterAnnotations: [String]
    private let tolerations: [String]

    private static let gracePeriod = Duration.seconds(10)

    /// - Throws: ``ConfigurationProblems`` of the environment; ``UsageError``.
    init(_ flags: [OptionName: OptionValue], environment: [String: String]) throws {
        options = OptionValues(flags: flags, environment: try OptionValues.environment(environment))
        guard let certificate = options.text(.kubeletCertificate), let key = options.text(.kubeletPrivateKey) else {
            throw UsageError(message: "webhook needs --tls-cert-file and --tls-private-key-file")
        }
        files = CertificateFiles(
            certificate: certificate,
            key: key,
            clientAuthorities: options.text(.kubeletClientCA)
        )
        clusterAnnotations = try Self.keys(.clusterAnnotations, options)
        tolerations = try Self.keys(.tolerations, options)
    }

    func run() async throws -> Int32 {
        Signals.ignore(SIGPIPE)
        let signals = Signals.stream([SIGTERM, SIGINT])
        let (stop, abort, last) = (ShutdownSignal(), ShutdownSignal(), LastSignal())
        let (logger, metrics) = (options.makeLogger(), MetricsRegistry.ofProcess())
        let loop = try ConnectionLoop.start()
        let (health, readiness) = (HealthChecks(name: "healthz"), HealthChecks(name: "readyz", failureStatus: 503))
        for checks in [health, readiness] {
            checks.register("connection-loop") { loop.isRunning ? nil : "the thread of the connections has ended" }
        }
        readiness.register("webhook") { "it does not listen yet" }
        let webhook = try service(on: loop, logger, metrics) { readiness.register("webhook") { nil } }
        let status = try StatusEndpoint.server(options, on: loop)
        let endpoint = StatusEndpoint(metrics: metrics, health: health, readiness: readiness)
        let stopOnSignals = StopOnSignals(signals, stop: stop, abort: abort) { signal in
            last.set(signal)
            logger.info("Stopping", ["signal": "\(signal)"])
        }
        logger.info("Started", ["version": Version.current])
        let members = [ServiceGroup.Member("signals", stopOnSignals), ServiceGroup.Member("webhook", webhook)]
        let services = ServiceGroup(members, stop: stop, abort: abort, gracePeriod: Self.gracePeriod)
        let code = await withTaskGroup(of: Void.self) { group in
            group.addTask { await status?.run { endpoint.answer($0) } }
            let code = await services.exitCode(last: last, logger: logger)
            group.cancelAll()
            return code
        }
        await loop.stop()
        return code
    }

    private func service(
        on loop: ConnectionLoop,
        _ logger: Logger,
        _ metrics: MetricsRegistry,
        onListening: @escaping @Sendable () -> Void
    ) throws(UsageError) -> AdmissionService {
        guard let listener = options.listener(.webhookAddress) else {
            throw UsageError(message: "webhook needs --webhook-addr")
        }
        return AdmissionService(
            on: loop,
            host: listener.host,
            port: listener.port,
            endpoint: AdmissionEndpoint(
                clusterAnnotations: clusterAnnotations,
                tolerations: tolerations,
                believesOnlyCertificates: files.clientAuthorities != nil,
                logger: logger.labelled("webhook"),
                metrics: metrics
            ),
            logger: logger,
            metrics: metrics,
            onListening: onListening,
            read: { [files] in try files.read() }
        )
    }

    /// The keys that an option lists.
    private static func keys(_ name: OptionName, _ options: OptionValues) throws(UsageError) -> [String] {
        var keys: [String] = []
        for key in (options.text(name) ?? "").split(separator: ",").map(String.init) where !keys.contains(key) {
            if let problem = NameSyntax.qualifiedName(key) {
                throw UsageError(message: "--\(OptionTable.option(name).flag): \(problem)")
            }
            keys.append(key)
        }
        return keys
    }
}

/// Where the webhook's certificates are.
private struct CertificateFiles: Sendable {
    let certificate: String
    let key: String
    let clientAuthorities: String?

    /// Bundles of hundreds of certificates stay well below this.
    private static let limit = 1 << 20

    /// - Throws: `FileError`.
    func read() throws -> ServerMaterial {
        let disk = LocalFiles()
        return ServerMaterial(
            certificatePEM: try disk.read(certificate, limit: Self.limit),
            keyPEM: try disk.read(key, limit: Self.limit),
            clientAuthoritiesPEM: try clientAuthorities.map { try disk.read($0, limit: Self.limit) }
        )
    }
}
