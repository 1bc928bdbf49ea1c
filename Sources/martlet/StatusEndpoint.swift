internal import Observability
internal import Transport

/// What operators' tools read of the process: `/metrics`, whether it is alive, and whether it is ready. Plain HTTP,
/// nothing secret.
///
/// A remote cluster that is down is the condition of a node, never the ill health of the process (decision 0023).
struct StatusEndpoint: Sendable {
    let metrics: MetricsRegistry
    let health: HealthChecks
    let readiness: HealthChecks

    /// Bounds for a handful of tools that ask now and then.
    private static let limits = HTTPServerLimits(connections: 32, connectionsPerPeer: 32, headBytes: 8192, bodyBytes: 0)

    /// Starts to listen where the options say so; nil where they say nothing.
    static func server(_ options: OptionValues, on loop: ConnectionLoop) throws(TransportError) -> HTTPServer? {
        guard let listener = options.listener(.metricsAddress) else { return nil }
        return try HTTPServer(on: loop, host: listener.host, port: listener.port, context: nil, limits: limits)
    }

    /// What a path is answered with.
    struct Answer: Equatable {
        var status = 200
        var contentType = "text/plain; charset=utf-8"
        let body: String
    }

    func answer(_ exchange: HTTPExchange) {
        let target = exchange.request.target
        let answer =
            ["GET", "HEAD"].contains(exchange.request.method)
            ? answer(
                target.path,
                isVerbose: target.first("verbose") != nil,
                excluding: Set(target.query.filter { $0.name == "exclude" }.map(\.value))
            )
            : Answer(status: 405, body: "405 method not allowed\n")
        exchange.respond(
            status: answer.status,
            headers: [("Content-Type", answer.contentType), ("X-Content-Type-Options", "nosniff")],
            body: Array(answer.body.utf8)
        )
    }

    func answer(_ path: String, isVerbose: Bool = false, excluding excluded: Set<String> = []) -> Answer {
        if path == "/metrics" { return Answer(contentType: MetricsRegistry.contentType, body: metrics.text()) }
        guard let report = report(path, isVerbose: isVerbose, excluding: excluded) else {
            return Answer(status: 404, body: "404 page not found\n")
        }
        return Answer(status: report.status, body: report.body)
    }

    /// What an endpoint (`/readyz`) or one of its checks (`/readyz/cluster-us-east`) says; nil where there is none.
    private func report(_ path: String, isVerbose: Bool, excluding excluded: Set<String>) -> HealthChecks.Report? {
        let words = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).dropFirst()
        let checks: HealthChecks
        switch words.first {
        case "healthz", "livez": checks = health
        case "readyz": checks = readiness
        default: return nil
        }
        guard let name = words.dropFirst().first else {
            return checks.render(verbose: isVerbose, excluding: excluded)
        }
        return checks.render(check: String(name))
    }
}
