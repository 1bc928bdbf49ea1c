import Observability
import Testing

@testable import martlet

@Suite struct StatusEndpointTests {
    private let health = HealthChecks(name: "healthz")
    private let readiness = HealthChecks(name: "readyz", failureStatus: 503)
    private let metrics = MetricsRegistry()

    private func answer(
        _ path: String,
        isVerbose: Bool = false,
        excluding excluded: Set<String> = []
    ) -> StatusEndpoint.Answer {
        StatusEndpoint(metrics: metrics, health: health, readiness: readiness)
            .answer(path, isVerbose: isVerbose, excluding: excluded)
    }

    @Test func `Metrics are served as Prometheus reads them`() {
        metrics.counter("things_total", help: "Things.").increment()
        #expect(answer("/metrics").contentType == MetricsRegistry.contentType)
        #expect(answer("/metrics").body.contains("things_total 1"))
    }

    @Test(arguments: ["/healthz", "/livez"])
    func `Health is that of the process, whether it is ready or not`(path: String) {
        readiness.register("cluster-us-east") { "not seen" }
        #expect(answer(path) == StatusEndpoint.Answer(body: "ok"))
        health.register("part") { "broken" }
        #expect(answer(path).status == 500)
    }

    @Test func `One that is not ready says 503 and names the cluster`() {
        #expect(answer("/readyz") == StatusEndpoint.Answer(body: "ok"))
        readiness.register("cluster-us-east") { "not seen" }
        #expect(answer("/readyz").status == 503)
        #expect(answer("/readyz").body.contains("[-]cluster-us-east failed"))
        #expect(answer("/readyz", excluding: ["cluster-us-east"]).status == 200)
    }

    @Test func `Checks are listed when asked for`() {
        health.register("part") { nil }
        #expect(answer("/healthz", isVerbose: true).body.contains("[+]part ok"))
        #expect(answer("/nothing").status == 404)
    }

    @Test func `Each check can be asked for by itself`() {
        health.register("part") { nil }
        readiness.register("cluster-us-east") { "not seen" }
        #expect(answer("/livez/part") == StatusEndpoint.Answer(body: "ok"))
        #expect(answer("/readyz/cluster-us-east").status == 503)
        for path in ["/readyz/part", "/livez/cluster-us-east", "/readyz/", "/metrics/part", "/"] {
            #expect(answer(path).status == 404, "\(path)")
        }
    }
}
