import Glibc
import KubeClient
import Lifecycle
import Observability
import Testbed
import Transport

/// `martlet-bench hollow`: the simulated nodes of the remote as a process of their own, until SIGTERM.
struct HollowCommand: Sendable {
    let kubeconfig: String
    let shape: HollowNodes.Shape

    init(arguments: [String]) throws(BenchmarkError) {
        var options = try Options(arguments)
        kubeconfig = try options.required("kubeconfig")
        shape = HollowNodes.Shape(
            count: try options.number("nodes") ?? 1,
            pods: Int64(try options.number("pods-per-node") ?? 110),
            startDelay: .milliseconds(try options.number("start-delay-ms") ?? 0)
        )
        try options.checkAllUsed()
    }

    func run() async throws {
        let signals = Signals.stream([SIGTERM, SIGINT])
        let metrics = MetricsRegistry()
        let http = try CurlHTTPClient.start()
        let nodes = try HollowNodes(
            client: Clients.unlimited(
                try Clients.access(kubeconfig: kubeconfig),
                cluster: "remote",
                http: http,
                metrics: metrics
            ),
            shape: shape,
            logger: Logger(label: "hollow", level: .warning, format: .text),
            metrics: metrics
        )
        try await UntilSignal.run(signals, nodes)
        await http.shutdown()
    }
}
