internal import Observability
internal import Transport

/// What operators' tools read of the process: `/metrics`, and health as the process itself has it. Plain HTTP, nothing
/// secret.
///
/// A remote cluster that is down is the condition of a node, never the ill health of the process.
struct StatusEndpoint: Sendable {
    let metrics: MetricsRegistry
    let health: HealthChecks

    /// Bounds for a handful of tools that ask now and then.
    static let limits = HTTPServerLimits(connections: 32, connectionsPerPeer: 32, headBytes: 8192, bodyBytes: 0)

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
            ? answer(target.path, isVerbose: target.first("verbose") != nil)
            : Answer(status: 405, body: "405 method not allowed\n")
        exchange.respond(
            status: answer.status,
            headers: [("Content-Type", answer.contentType), ("X-Content-Type-Options", "nosniff")],
            body: Array(answer.body.utf8)
        )
    }

    func answer(_ path: String, isVerbose: Bool = false) -> Answer {
        switch path {
        case "/metrics": return Answer(contentType: MetricsRegistry.contentType, body: metrics.text())
        case "/healthz", "/livez", "/readyz":
            let report = health.render(verbose: isVerbose)
            return Answer(status: report.status, body: report.body)
        default: return Answer(status: 404, body: "404 page not found\n")
        }
    }
}
