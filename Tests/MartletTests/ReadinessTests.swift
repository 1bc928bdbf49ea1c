import Observability
import Synchronization
import Testing
import VirtualNode

@testable import martlet

@Suite struct ReadinessTests {
    private let readiness = Readiness()

    private func node(_ cluster: NodeProgress.Cluster, knowsPods: Bool = true) -> NodeProgress {
        NodeProgress(knowsPods: knowsPods, cluster: cluster)
    }

    @Test func `Who serves no cluster is ready`() {
        #expect(readiness.checks.render(verbose: true).body == "[+]origin-pods ok\nreadyz check passed\n")
    }

    @Test func `A cluster that is awaited keeps the process from being ready, for as long as it is served`() {
        readiness.add("us-east") { [node(.ready), node(.awaited(reason: "Starting"))] }
        #expect(readiness.checks.render().status == 503)
        #expect(readiness.checks.render().failures.keys.sorted() == ["cluster-us-east"])
        readiness.remove("us-east")
        #expect(readiness.checks.render().status == 200)
    }

    @Test func `A cluster that answers and tells nothing is awaited for a minute`() {
        let time = Mutex(ContinuousClock.now)
        let readiness = Readiness { time.withLock { $0 } }
        readiness.add("us-east") { [node(.awaited(reason: "CapacityUnknown"))] }
        time.withLock { $0 += .seconds(59) }
        #expect(readiness.checks.render().status == 503)
        time.withLock { $0 += .seconds(1) }
        let report = readiness.checks.render(verbose: true)
        #expect(report.status == 200)
        #expect(report.body.contains("[+]cluster-us-east ok: CapacityUnknown\n"))
    }

    @Test func `A cluster that is lost is named, and the process is ready all the same`() {
        readiness.add("us-east") { [node(.unusable(reason: "RemoteUnreachable"))] }
        readiness.add("us-west") { [node(.ready)] }
        let report = readiness.checks.render(verbose: true)
        #expect(report.status == 200)
        #expect(report.body.contains("[+]cluster-us-east ok: RemoteUnreachable\n[+]cluster-us-west ok\n"))
    }

    @Test func `Pods that the origin has not told yet keep the process from being ready`() {
        let knowsPods = Mutex(false)
        readiness.add("us-east") { [node(.ready, knowsPods: knowsPods.withLock { $0 })] }
        #expect(readiness.checks.render().failures.keys.sorted() == ["origin-pods"])
        knowsPods.withLock { $0 = true }
        #expect(readiness.checks.render().isHealthy)
    }
}
