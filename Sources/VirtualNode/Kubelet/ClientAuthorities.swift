package import KubeClient
internal import KubeModel
internal import Lifecycle
package import Observability
internal import Synchronization

/// Who vouches for the users of kubelet endpoints: the origin's own authority for clients, as it publishes it, or a file.
/// One for all nodes of a process.
package final class ClientAuthorities: Service {
    /// Where the certificates are.
    package enum Source: Sendable {
        case file(String)
        /// The ConfigMap kube-system/extension-apiserver-authentication of the origin.
        case published
    }

    /// How often the source is looked at, as often as the certificates that an endpoint shows: an API server that shows
    /// its kubelets a certificate of a new authority is let in 20 s after it was announced, or began to.
    private static let interval = Duration.seconds(10)

    private let source: Source
    private let origin: APIClient
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let known = ShutdownSignal()
    private let pem = Mutex<[UInt8]?>(nil)

    package init(
        _ source: Source,
        origin: APIClient,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.source = source
        self.origin = origin
        self.logger = logger
        self.clock = clock
    }

    package func run() async throws {
        _ = try await cancelOnShutdown { [self] in
            while true {
                await look()
                try await clock.sleep(for: Self.interval)
            }
        }
    }

    /// The certificates in PEM; nil if there are none, and only tokens tell who asks. Waits for the first look.
    func current() async throws -> [UInt8]? {
        await known.wait()
        try Task.checkCancellation()
        return pem.withLock { $0 }
    }

    /// What cannot be read now is believed for longer.
    private func look() async {
        do {
            let read = try await read()
            pem.withLock { $0 = read }
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning("Cannot read who vouches for the kubelet endpoint's clients", ["error": "\(error)"])
        }
        known.trigger()
    }

    private func read() async throws -> [UInt8]? {
        switch source {
        case .file(let path): return try FileIdentity.bytes(of: path)
        case .published:
            let map = try await origin.get(
                .configMaps,
                namespace: "kube-system",
                name: "extension-apiserver-authentication"
            )
            return map.at("data", "client-ca-file")?.string.map { Array($0.utf8) }
        }
    }
}
