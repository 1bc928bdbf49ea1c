import Observability
import Testing

@Suite struct HealthChecksTests {
    private let checks = HealthChecks(name: "readyz")

    init() {
        checks.register("ping") { nil }
        checks.register("caches") { nil }
    }

    @Test("All well is a short ok, or the whole list on demand")
    func healthy() {
        let report = checks.render()
        #expect(report.isHealthy)
        #expect(report.status == 200)
        #expect(report.body == "ok")
        #expect(checks.render(verbose: true).body == "[+]ping ok\n[+]caches ok\nreadyz check passed\n")
    }

    @Test("A failure is listed without its reason, which is for the log", arguments: [false, true])
    func unhealthy(verbose: Bool) {
        checks.register("caches") { "pods of us-east not listed" }
        let report = checks.render(verbose: verbose)
        #expect(report.status == 500)
        #expect(report.body == "[+]ping ok\n[-]caches failed: reason withheld\nreadyz check failed\n")
        #expect(report.failures == ["caches": "pods of us-east not listed"])
        #expect(!report.isHealthy)
    }

    @Test("An excluded check is not run, and an unknown one is warned of on one line")
    func excluded() {
        checks.register("caches") { "down" }
        let report = checks.render(verbose: true, excluding: ["caches", "no\nsuch"])
        #expect(report.status == 200)
        #expect(
            report.body == """
                [+]ping ok
                [+]caches excluded: ok
                warn: some health checks cannot be excluded: no matches for "no\\nsuch"
                readyz check passed

                """
        )
    }

    @Test("What is good may come with a word, a failure with a status of the endpoint's own, and a check may go")
    func noted() {
        let checks = HealthChecks(name: "readyz", failureStatus: 503)
        checks.register(standingOf: "us-east") { .noted("RemoteUnreachable") }
        #expect(checks.render().body == "ok")
        #expect(checks.render(check: "us-east")?.status == 200)
        #expect(checks.render(verbose: true).body == "[+]us-east ok: RemoteUnreachable\nreadyz check passed\n")
        checks.register(standingOf: "us-west") { .failed("not seen") }
        #expect(checks.render().status == 503)
        #expect(checks.render(check: "us-west")?.status == 503)
        checks.unregister("us-west")
        #expect(checks.render().status == 200)
    }

    @Test("A single check can be asked for by its name")
    func single() {
        checks.register("caches") { "down" }
        #expect(checks.render(check: "ping")?.body == "ok")
        #expect(checks.render(check: "caches")?.status == 500)
        #expect(checks.render(check: "caches")?.body.contains("down") == false)
        #expect(checks.render(check: "other") == nil)
    }
}
