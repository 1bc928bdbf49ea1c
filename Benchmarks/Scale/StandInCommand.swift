import Foundation
import Glibc
import KubeModel
import Lifecycle
import Testbed
import Transport

/// `martlet-bench stand-ins`: the API servers of a ``Crowd`` as a process of their own, until SIGTERM, so that what they
/// cost is known and none of it is taken from those who look at the clock.
///
/// Whoever started them asks over plain HTTP on loopback: `GET /counts` for ``StandInCounts``, `PUT /unruly` and
/// `PUT /calm` for how the first few behave from then on.
struct StandInCommand: Sendable {
    /// Where each stand-in's kubeconfig goes, as `NAME.kubeconfig`.
    let directory: String
    let count: Int
    let flood: Int
    /// Whether the first few misbehave from the start.
    let isUnruly: Bool
    let controlPort: UInt16

    init(arguments: [String]) throws(BenchmarkError) {
        var options = try Options(arguments)
        directory = try options.required("directory")
        count = try options.number("count") ?? 1
        flood = try options.number("flood") ?? 1000
        isUnruly = options.text("manner") == "unruly"
        guard let port = try options.number("control-port").flatMap({ UInt16(exactly: $0) }) else {
            throw BenchmarkError("--control-port must be a port")
        }
        controlPort = port
        try options.checkAllUsed()
    }

    func run() async throws {
        let signals = Signals.stream([SIGTERM, SIGINT])
        let loop = try ConnectionLoop.start()
        let standIns = try StandIns(self, on: loop)
        try await UntilSignal.run(signals, standIns)
        await loop.stop()
    }
}

/// The stand-ins of a process, and the way to command them.
private struct StandIns: Service {
    private let servers: [(HTTPServer, StandInServer)]
    private let control: HTTPServer
    private let disturbances: [Manner]

    /// Writes the kubeconfigs and then starts to listen for commands: who is answered finds the files.
    init(_ command: StandInCommand, on loop: ConnectionLoop) throws {
        disturbances = Manner.disturbances(flood: command.flood)
        let authority = try CertificateAuthority.create(commonName: "crowd")
        let issued = try authority.issue(
            commonName: "stand-in",
            ipAddresses: ["127.0.0.1"],
            usages: [.serverAuth],
            validity: .lasting(.seconds(86_400))
        )
        let context = try TLSServerContext(certificatePEM: issued.certificatePEM, keyPEM: issued.keyPEM)
        var servers: [(HTTPServer, StandInServer)] = []
        for index in 0..<command.count {
            let node = Crowd.nodeName(index)
            let server = try HTTPServer(on: loop, host: "127.0.0.1", port: 0, context: context)
            let kubeconfig = Kubeconfig(
                name: node,
                server: "https://127.0.0.1:\(server.port)",
                authorityPEM: authority.certificatePEM,
                credential: .token("of-\(node)")
            )
            let path = Crowd.kubeconfig(of: index, in: command.directory)
            try kubeconfig.text.write(toFile: path, atomically: true, encoding: .utf8)
            let misbehaves = command.isUnruly && index < disturbances.count
            let manner = misbehaves ? disturbances[index] : .calm
            servers.append((server, StandInServer(name: node, manner: manner)))
        }
        self.servers = servers
        control = try HTTPServer(on: loop, host: "127.0.0.1", port: command.controlPort, context: nil)
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for (server, standIn) in servers {
                group.addTask { await server.run { await standIn.answer($0) } }
            }
            group.addTask { await control.run { self.obey($0) } }
        }
    }

    private func obey(_ exchange: HTTPExchange) {
        switch (exchange.request.method, exchange.request.target.segments) {
        case ("GET", ["counts"]): break
        case ("PUT", ["unruly"]):
            for (manner, (_, standIn)) in zip(disturbances, servers) { standIn.behave(manner) }
        case ("PUT", ["calm"]):
            for (_, standIn) in servers { standIn.behave(.calm) }
        default: return exchange.respond(status: 404)
        }
        let counts = servers.reduce(StandInCounts()) { $0 + $1.1.counts }
        exchange.respond(
            status: 200,
            headers: [("Content-Type", "application/json")],
            body: Array(counts.json.text.utf8)
        )
    }
}
