import Lifecycle
import Observability
import Synchronization
import TestSupport
import Testing
import VirtualNode

@testable import martlet

@Suite(.timeLimit(.minutes(1))) struct ClusterFleetTests {
    /// Tells which services run.
    private final class Services: Sendable {
        private let state = Mutex<[String]>([])
        let (changes, continuation) = AsyncStream<[String]>.makeStream()

        func note(_ what: String) {
            continuation.yield(
                state.withLock {
                    $0.append(what)
                    return $0
                }
            )
        }

        /// Returns when so much has happened.
        ///
        /// - Returns: it in its order.
        @discardableResult
        func wait(for expected: [String]) async -> [String]? {
            for await seen in changes where seen.sorted() == expected.sorted() { return seen }
            return nil
        }
    }

    private func cluster(_ name: String) -> ClusterConfiguration {
        ClusterConfiguration(kubeconfig: name, node: NodeSettings(name: name))
    }

    private func fleet(
        _ names: [String],
        _ services: Services,
        _ metrics: MetricsRegistry = MetricsRegistry()
    ) -> ClusterFleet {
        let fleet = ClusterFleet(
            firstPort: 1,
            logger: InMemoryLogSink().logger(),
            metrics: metrics,
            onGone: { services.note("gone \($0)") }
        ) { cluster in
            ClosureService {
                metrics.gauge("test_ready", help: "Ready.", labels: ["cluster": cluster.name]).set(1)
                services.note("+\(cluster.name)")
                defer { services.note("-\(cluster.name)") }
                if cluster.name == "frail" { return }
                await ShutdownSignal.current.wait()
            }
        }
        fleet.want(names.map(cluster))
        return fleet
    }

    @Test func `Clusters come and go while the others run on, and all have ended when the fleet has`() async throws {
        let (services, stop) = (Services(), ShutdownSignal())
        let fleet = fleet(["west", "east"], services)
        let run = Task { try await ShutdownSignal.$current.withValue(stop) { try await fleet.run() } }
        await services.wait(for: ["+west", "+east"])
        fleet.want([cluster("west"), cluster("new")])
        await services.wait(for: ["+west", "+east", "-east", "gone east", "+new"])
        stop.trigger()
        try await run.value
        await services.wait(for: ["+west", "+east", "-east", "gone east", "+new", "-west", "-new"])
    }

    @Test func `All clusters are told to be served when what runs for each has been made`() async throws {
        let (services, stop) = (Services(), ShutdownSignal())
        let fleet = ClusterFleet(
            firstPort: 1,
            logger: InMemoryLogSink().logger(),
            metrics: MetricsRegistry(),
            onComplete: { services.note("all") },
            makeService: { cluster in
                services.note("made \(cluster.name)")
                return ClosureService { await ShutdownSignal.current.wait() }
            }
        )
        fleet.want([cluster("west")], areAll: false)
        let run = Task { try await ShutdownSignal.$current.withValue(stop) { try await fleet.run() } }
        await services.wait(for: ["made west"])
        fleet.want([cluster("west"), cluster("east"), cluster("north")], areAll: true)
        #expect(await services.wait(for: ["made west", "made east", "made north", "all"])?.last == "all")
        stop.trigger()
        try await run.value
    }

    @Test func `Nothing is told of a cluster that is gone as if it were still so`() async throws {
        let (services, stop, metrics) = (Services(), ShutdownSignal(), MetricsRegistry())
        let fleet = fleet(["west", "east"], services, metrics)
        let run = Task { try await ShutdownSignal.$current.withValue(stop) { try await fleet.run() } }
        await services.wait(for: ["+west", "+east"])
        #expect(metrics.text().contains(#"test_ready{cluster="east"} 1"#))
        fleet.want([cluster("west")])
        await services.wait(for: ["+west", "+east", "-east", "gone east"])
        #expect(!metrics.text().contains("east"))
        #expect(metrics.text().contains(#"test_ready{cluster="west"} 1"#))
        stop.trigger()
        try await run.value
    }

    @Test func `The end of a service that nobody asked for is an error that names the cluster`() async throws {
        let fleet = fleet(["west", "frail"], Services())
        let error = await #expect(throws: ClusterEnded.self) { try await fleet.run() }
        #expect(error?.description == "what runs for cluster frail has ended")
    }
}
