internal import Observability
internal import Transport

/// What the status server answers: `/metrics`, and health as the process itself has it.
///
/// A remote cluster that is down is the condition of a node, never the ill health of the process.
enum StatusEndpoint {
    static func handler(metrics: MetricsRegistry, health: HealthChecks) -> StatusServer.Handler {
        { path, query in
            switch path {
            case "/metrics":
                StatusResponse(contentType: MetricsRegistry.contentType, body: metrics.text())
            case "/healthz", "/livez", "/readyz":
                answer(health.render(verbose: query.split(separator: "&").contains { $0.hasPrefix("verbose") }))
            default:
                .notFound
            }
        }
    }

    private static func answer(_ report: HealthChecks.Report) -> StatusResponse {
        StatusResponse(status: report.status, body: report.body)
    }
}
