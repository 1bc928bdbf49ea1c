import Observability
import Testing

@testable import martlet

@Suite struct StatusEndpointTests {
    private let health = HealthChecks(name: "healthz")
    private let metrics = MetricsRegistry()

    private func answer(_ path: String, isVerbose: Bool = false) -> StatusEndpoint.Answer {
        StatusEndpoint(metrics: metrics, health: health).answer(path, isVerbose: isVerbose)
    }

    @Test func `Metrics are served as Prometheus reads them`() {
        metrics.counter("things_total", help: "Things.").increment()
        #expect(answer("/metrics").contentType == MetricsRegistry.contentType)
        #expect(answer("/metrics").body.contains("things_total 1"))
    }

    @Test(arguments: ["/healthz", "/livez", "/readyz"])
    func `Health is that of the process`(path: String) {
        #expect(answer(path) == StatusEndpoint.Answer(body: "ok"))
        health.register("part") { "broken" }
        #expect(answer(path).status == 500)
    }

    @Test func `Checks are listed when asked for`() {
        health.register("part") { nil }
        #expect(answer("/healthz", isVerbose: true).body.contains("[+]part ok"))
        #expect(answer("/nothing").status == 404)
    }
}
