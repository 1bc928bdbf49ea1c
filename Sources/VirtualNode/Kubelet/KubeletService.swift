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

    /// How often certificates are looked at.
    private static let interval = Duration.seconds(10)

    /// What is shown and believed; a change of it is brought to the listener.
    private struct Material: Equatable {
        let identity: ServingIdentity
        let authorities: [UInt8]?

        func context() throws -> TLSServerContext {
            try TLSServerContext(
                certificatePEM: identity.certificatePEM,
                keyPEM: identity.keyPEM,
                clientAuthoritiesPEM: authorities
            )
        }
    }

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
    private func material() async throws -> Material {
        Material(identity: try await source.identity(), authorities: try await host.authorities.current())
    }

    /// Brings new certificates to the listener. What cannot be used is told once and not shown.
    private func follow(from first: Material, of server: HTTPServer) async throws {
        var last = first
        while true {
            try await clock.sleep(for: Self.interval)
            do {
                let next = try await material()
                guard next != last else { continue }
                last = next
                server.replace(try next.context())
                logger.info("The kubelet endpoint shows and believes new certificates")
            } catch {
                try Task.checkCancellation()
                logger.warning("New certificates of the kubelet endpoint are of no use", ["error": "\(error)"])
            }
        }
    }
}
