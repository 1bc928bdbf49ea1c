import KubeClient
import KubeModel
import Synchronization
import Testbed

/// An origin, remotes and martlet between them: what an end-to-end suite runs on.
struct Fleet: Sendable {
    let origin: FleetCluster
    /// In the order of the plan.
    let remotes: [FleetCluster]
    let martlet: MartletProcess
    /// The path of its configuration file.
    let configuration: String
    /// The martlet that runs the other way, of a fleet of peers.
    var peer: MartletProcess?
    /// Where the logs will be if a test fails.
    let logs: String
    /// Lets so many tests run at a time: more would only wait for each other's processors.
    let tests = FleetGate(passes: 8)
    /// Whether a test has failed.
    let failure = FailureMark()

    @TaskLocal private static var running: Fleet?

    /// The fleet of the suite that the caller belongs to.
    static var current: Fleet {
        guard let running else { preconditionFailure("the suite has no fleet: give it the trait .fleet(…)") }
        return running
    }

    /// Whether the caller belongs to a suite whose fleet runs.
    static var isRunning: Bool { running != nil }

    /// The remote of this name.
    func remote(_ name: String) -> FleetCluster {
        guard let remote = remotes.first(where: { $0.name == name }) else {
            preconditionFailure("the fleet has no remote '\(name)'")
        }
        return remote
    }

    /// Starts a fleet, runs the body on it, and takes everything away again, whatever happens.
    static func withFleet(_ plan: FleetPlan, _ body: () async throws -> Void) async throws {
        let (run, fleet) = try await FleetGate.starts.withPass { try await start(plan) }
        do {
            try await $running.withValue(fleet) { try await body() }
        } catch {
            // The first failure is the one to tell.
            try? await run.end(fleet, keepingLogs: true)
            throw error
        }
        try await run.end(fleet, keepingLogs: fleet.failure.isSet)
    }

    private static func start(_ plan: FleetPlan) async throws -> (FleetRun, Fleet) {
        let run = try await FleetRun.open(plan)
        do {
            return (run, try await run.start())
        } catch {
            try? await run.end(nil, keepingLogs: false)
            throw error
        }
    }
}

/// Remembers that something failed.
final class FailureMark: Sendable {
    private let mark = Atomic(false)

    var isSet: Bool { mark.load(ordering: .relaxed) }

    func set() {
        mark.store(true, ordering: .relaxed)
    }
}

extension Fleet {
    /// Waits until the virtual nodes of these clusters are ready, and the node lifecycle controller knows it and has taken
    /// its taints away: of all, if none is named.
    func nodesReady(_ names: [String]? = nil, within: Duration = .seconds(20)) async throws {
        let names = Set(names ?? remotes.map(\.name))
        try await eventually("the nodes \(names.sorted()) are ready", within: within) {
            try await origin.list(.nodes).filter { $0.isReady && !$0.hasHealthTaint }.map(\.name)
        } until: {
            names.isSubset(of: $0)
        }
    }

    /// The virtual node of a cluster.
    func node(_ name: String) async throws -> JSON {
        try await origin.client.get(.nodes, name: name)
    }

    /// Waits until what martlet has logged since then contains a text.
    func log(after count: Int, contains text: String) async throws {
        try await eventually("the log contains '\(text)'") {
            martlet.logText().dropFirst(count).contains(text)
        }
    }
}
