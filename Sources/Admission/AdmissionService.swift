import Lifecycle
package import Observability
package import Transport

/// Keeps the webhook: its listener, and the certificates that it shows and believes.
package struct AdmissionService: Service {
    /// API servers speak HTTP/1.1 with it, a connection for each request that is under way: two hundred at the most by
    /// default (`--max-mutating-requests-inflight`), which the webhook's pods share.
    private static let limits = HTTPServerLimits(
        connections: 256,
        connectionsPerPeer: 192,
        headBytes: 16 << 10,
        bodyBytes: AdmissionEndpoint.bodyLimit
    )

    /// From the request to stop on. Whoever stops a pod does not wait until the nodes have taken it out of its Service:
    /// until then requests go to it, and where the webhook has to be asked, one without an answer is a pod refused.
    private static let farewell = Duration.seconds(5)

    private let loop: ConnectionLoop
    private let host: String
    private let port: UInt16
    private let endpoint: AdmissionEndpoint
    private let logger: Logger
    private let expiration: Gauge
    private let clock: any Clock<Duration>
    private let onListening: @Sendable () -> Void
    private let read: @Sendable () throws -> ServerMaterial

    /// - Parameters:
    ///   - host: the IP address to listen on.
    ///   - port: 0 for any; the log tells which.
    ///   - onListening: called once requests are taken.
    ///   - read: the certificates as they are now; looked at again and again.
    package init(
        on loop: ConnectionLoop,
        host: String,
        port: UInt16,
        endpoint: AdmissionEndpoint,
        logger: Logger,
        metrics: MetricsRegistry,
        clock: any Clock<Duration> = ContinuousClock(),
        onListening: @escaping @Sendable () -> Void = {},
        read: @escaping @Sendable () throws -> ServerMaterial
    ) {
        self.loop = loop
        self.host = host
        self.port = port
        self.endpoint = endpoint
        self.logger = logger
        expiration = metrics.gauge(
            "martlet_webhook_certificate_expiration_timestamp_seconds",
            help: "When the certificate ends that the webhook shows, in seconds since 1970."
        )
        self.clock = clock
        self.onListening = onListening
        self.read = read
    }

    /// Serves until it is asked to stop, and then for as long as API servers may go on to ask it.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await serve() }
            group.addTask {
                await ShutdownSignal.current.wait()
                try await clock.sleep(for: Self.farewell)
            }
            try await group.next()
            group.cancelAll()
            do {
                try await group.next()
            } catch is CancellationError where !Task.isCancelled {
                // The good end of serving, by the line above.
            }
        }
    }

    private func serve() async throws {
        let first = try read()
        let server = try HTTPServer(on: loop, host: host, port: port, context: try first.context(), limits: Self.limits)
        tellExpiration(of: first)
        onListening()
        logger.info("The webhook listens", ["address": host, "port": "\(server.port)"])
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                await server.run { await endpoint.answer($0) }
                try Task.checkCancellation()
                throw TransportError(.closed, "the webhook's listener has ended")
            }
            group.addTask { try await follow(first, of: server) }
        }
    }

    private func follow(_ first: ServerMaterial, of server: HTTPServer) async throws {
        var last = first
        try await server.follow(first, clock: clock) {
            last = try read()
            return last
        } onChange: { result in
            switch result {
            case .success:
                tellExpiration(of: last)
                logger.info("The webhook shows and believes new certificates")
            case .failure(let error):
                logger.warning("New certificates of the webhook are of no use", ["error": "\(error)"])
            }
        }
    }

    private func tellExpiration(of material: ServerMaterial) {
        do {
            expiration.set(Double(try CertificateValidity(ofPEM: material.certificatePEM).notAfter))
        } catch {
            logger.warning("It is not known when the webhook's certificate ends", ["error": "\(error)"])
        }
    }
}
