internal import Lifecycle
internal import Observability
internal import Transport

/// Keeps the kubelet endpoint of one virtual node: its certificate, its listener, and the port in the node's status for
/// as long as somebody listens there.
struct KubeletService: Service {
    let settings: NodeSettings
    let host: KubeletHost
    let endpoint: KubeletEndpoint
    let state: VirtualNodeState
    let logger: Logger
    let clock: any Clock<Duration>
    /// Outlives a new start of the service: what was approved once is not asked for anew.
    let source: any ServingIdentitySource

    func run() async throws {
        defer { state.set(kubelet: .closed) }
        // Files are there or not; an approval may take for ever.
        if host.certificate == .requested { state.set(kubelet: .closed) }
        let first = try await material()
        let server = try HTTPServer(
            on: host.loop,
            host: host.listenAddress,
            port: UInt16(clamping: settings.kubeletPort),
            context: try first.context(),
            limits: host.limits
        )
        logger.info("The kubelet endpoint listens", ["address": host.listenAddress, "port": "\(server.port)"])
        state.set(kubelet: .listening(port: Int(server.port)))
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                await server.run { await endpoint.answer($0) }
                try Task.checkCancellation()
                throw TransportError(.closed, "the kubelet endpoint's listener has ended")
            }
            group.addTask { try await follow(from: first, of: server) }
        }
    }

    /// Waits for a first certificate; an endpoint without one cannot be.
    private func material() async throws -> ServerMaterial {
        let identity = try await source.identity()
        return ServerMaterial(
            certificatePEM: identity.certificatePEM,
            keyPEM: identity.keyPEM,
            clientAuthoritiesPEM: try await host.authorities.current()
        )
    }

    private func follow(from first: ServerMaterial, of server: HTTPServer) async throws {
        try await server.follow(first, clock: clock) {
            try await material()
        } onChange: { result in
            switch result {
            case .success: logger.info("The kubelet endpoint shows and believes new certificates")
            case .failure(let error):
                logger.warning("New certificates of the kubelet endpoint are of no use", ["error": "\(error)"])
            }
        }
    }
}
