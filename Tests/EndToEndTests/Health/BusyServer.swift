import Foundation
import Synchronization
import Testbed
import Testing
import Transport

/// An API server that has too much to do: it answers each call with 429 and when to come back.
final class BusyServer: Sendable {
    private let asked = Mutex(0)

    private init() {}

    /// How often it was asked for its version, which is what a probe asks for.
    var probes: Int { asked.withLock { $0 } }

    /// Stands at the end of martlet's kubeconfig for a cluster while the body runs. What is open to the cluster itself
    /// goes on.
    static func stands(
        for cluster: FleetCluster,
        of fleet: Fleet,
        _ body: (BusyServer) async throws -> Void
    ) async throws {
        let path = try ConfigurationOnDisk(of: fleet).kubeconfigPath(of: cluster.name)
        let kubeconfig = try String(contentsOfFile: path, encoding: .utf8)
        let identity = try cluster.control.authority.issueServer(commonName: "busy", names: [address])
        let context = try TLSServerContext(certificatePEM: identity.certificatePEM, keyPEM: identity.keyPEM)
        let loop = try ConnectionLoop.start()
        let server = try HTTPServer(on: loop, host: address, port: 0, context: context)
        let other = kubeconfig.replacingOccurrences(
            of: "\(cluster.relay.endpoint)",
            with: "\(address):\(server.port)"
        )
        try #require(other != kubeconfig)
        let busy = BusyServer()
        async let answering: Void = server.run { busy.refuse($0) }
        try await withCleanUp({
            try kubeconfig.write(toFile: path, atomically: true, encoding: .utf8)
            await loop.stop()
        }) {
            try other.write(toFile: path, atomically: true, encoding: .utf8)
            try await body(busy)
        }
        await answering
    }

    private static let address = "127.0.0.1"

    private func refuse(_ exchange: HTTPExchange) {
        if exchange.request.target.path == "/version" { asked.withLock { $0 += 1 } }
        exchange.respond(
            status: 429,
            headers: [(name: "Content-Type", value: "text/plain; charset=utf-8"), (name: "Retry-After", value: "1")],
            body: Array("Too many requests, please try again later.\n".utf8)
        )
    }
}
