import Observability
import Synchronization
import Testing
import VirtualNode

@testable import martlet

@Suite struct ReadinessTests {
    private let readiness = Readiness()

    init() {
        readiness.knowClusters()
    }

    /// A cluster whose pods are known.
    private func add(_ cluster: String, _ nodes: NodeProgress..., to other: Readiness? = nil) {
        (other ?? readiness).add(cluster, knowsPods: { true }, progress: { nodes })
    }

    @Test func `Who serves no cluster is ready`() {
        #expect(readiness.checks.render(verbose: true).body == "[+]origin-pods ok\nreadyz check passed\n")
    }

    @Test func `Nobody is ready before it is known which clusters there are`() {
        let readiness = Readiness()
        #expect(readiness.checks.render().failures.keys.sorted() == ["clusters"])
        add("us-east", .ready, to: readiness)
        #expect(readiness.checks.render().status == 503)
        readiness.knowClusters()
        #expect(readiness.checks.render().status == 200)
        // A standby that leads now.
        readiness.awaitClusters()
        #expect(readiness.checks.render().status == 503)
    }

    @Test func `Clusters that nobody tells are awaited for a minute`() {
        let time = Mutex(ContinuousClock.now)
        let readiness = Readiness { time.withLock { $0 } }
        time.withLock { $0 += .seconds(59) }
        #expect(readiness.checks.render().status == 503)
        time.withLock { $0 += .seconds(1) }
        let report = readiness.checks.render(verbose: true)
        #expect(report.status == 200)
        #expect(report.body.contains("[+]clusters ok: not all that bring clusters have told theirs\n"))
    }

    @Test func `A cluster that is awaited keeps the process from being ready, for as long as it is served`() {
        add("us-east", .ready, .awaited(reason: "Starting"))
        #expect(readiness.checks.render().status == 503)
        #expect(readiness.checks.render().failures.keys.sorted() == ["cluster-us-east"])
        readiness.remove("us-east")
        #expect(readiness.checks.render().status == 200)
    }

    @Test func `A cluster that answers and tells nothing is awaited for a minute`() {
        let time = Mutex(ContinuousClock.now)
        let readiness = Readiness { time.withLock { $0 } }
        readiness.knowClusters()
        add("us-east", .awaited(reason: "CapacityUnknown"), to: readiness)
        time.withLock { $0 += .seconds(59) }
        #expect(readiness.checks.render().status == 503)
        time.withLock { $0 += .seconds(1) }
        let report = readiness.checks.render(verbose: true)
        #expect(report.status == 200)
        #expect(report.body.contains("[+]cluster-us-east ok: CapacityUnknown\n"))
    }

    @Test func `A cluster that is lost is named, and the process is ready all the same`() {
        add("us-east", .unusable(reason: "RemoteUnreachable"))
        add("us-west", .ready)
        let report = readiness.checks.render(verbose: true)
        #expect(report.status == 200)
        #expect(report.body.contains("[+]cluster-us-east ok: RemoteUnreachable\n[+]cluster-us-west ok\n"))
    }

    @Test func `Pods that the origin has not told yet keep the process from being ready`() {
        let knowsPods = Mutex(false)
        readiness.add("us-east", knowsPods: { knowsPods.withLock { $0 } }, progress: { [.ready] })
        #expect(readiness.checks.render().failures.keys.sorted() == ["origin-pods"])
        knowsPods.withLock { $0 = true }
        #expect(readiness.checks.render().isHealthy)
    }
}
