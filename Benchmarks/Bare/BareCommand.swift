import Glibc
import KubeClient
import Lifecycle
import Observability
import Transport

/// `martlet-bench bare`: the bare client as a process of its own, until SIGTERM. Serves its metrics as martlet does.
struct BareCommand: Sendable {
    /// The kubeconfig files.
    private let origin: String
    private let remote: String
    private let node: BareNode
    private let metricsPort: UInt16
    private let callsInFlight: Int

    init(arguments: [String]) throws(BenchmarkError) {
        var options = try Options(arguments)
        origin = try options.required("origin")
        remote = try options.required("remote")
        node = BareNode(name: try options.required("node"), pods: try options.number("pods") ?? 110)
        metricsPort = UInt16(clamping: try options.number("metrics-port") ?? 0)
        callsInFlight = try options.number("calls-in-flight") ?? 32
        try options.checkAllUsed()
    }

    func run() async throws {
        let signals = Signals.stream([SIGTERM, SIGINT])
        let metrics = MetricsRegistry()
        let connections = try ConnectionLoop.start()
        let server = try HTTPServer(on: connections, host: "127.0.0.1", port: metricsPort, context: nil)
        let http = try CurlHTTPClient.start()
        let client = BareClient(
            origin: Clients.unlimited(
                try Clients.access(kubeconfig: origin),
                cluster: "origin",
                http: http,
                metrics: metrics
            ),
            remote: Clients.unlimited(
                try Clients.access(kubeconfig: remote),
                cluster: "remote",
                http: http,
                metrics: metrics
            ),
            node: node,
            callsInFlight: callsInFlight
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await server.run { $0.respond(status: 200, body: Array(metrics.text().utf8)) }
            }
            try await UntilSignal.run(signals, client)
            group.cancelAll()
        }
        await http.shutdown()
        await connections.stop()
    }
}
