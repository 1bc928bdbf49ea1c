import Foundation
import KubeClient
import KubeModel
import Observability
import Testbed
import Transport

/// Brings a fleet up and takes it away.
struct FleetRun: Sendable {
    private let plan: FleetPlan
    private let testbed: Testbed
    private let http: CurlHTTPClient

    /// Starts the clusters.
    static func open(_ plan: FleetPlan) async throws -> FleetRun {
        let testbed = try await Testbed.start(plan.testbed)
        do {
            return FleetRun(plan: plan, testbed: testbed, http: try CurlHTTPClient.start())
        } catch {
            try await testbed.stop()
            throw error
        }
    }

    private init(plan: FleetPlan, testbed: Testbed, http: CurlHTTPClient) {
        self.plan = plan
        self.testbed = testbed
        self.http = http
    }

    /// Gives martlet its rights, starts it, and waits until all nodes are ready.
    func start() async throws -> Fleet {
        let clusters = try testbed.clusters.map(cluster)
        let origin = clusters[0]
        let remotes = clusters.dropFirst().sorted { place(of: $0.name) < place(of: $1.name) }
        let originKubeconfig = try await admit(origin, rights: "origin.yaml")
        var entries: [JSON] = []
        for (remote, entry) in zip(remotes, plan.remotes) {
            entries.append(configuration(of: entry, kubeconfig: try await admit(remote, rights: "remote.yaml")))
        }
        let configuration: JSON = [
            "origin": ["kubeconfig": .string(originKubeconfig)],
            "node": ["address": .string(try testbed.addresses.nextAddress())],
            "logging": ["level": "debug"],
            "clusters": .array(entries),
        ]
        let file = "\(testbed.run.path)/martlet.yaml"
        try configuration.text.write(toFile: file, atomically: true, encoding: .utf8)
        let martlet = try MartletProcess(
            arguments: ["--config", file] + plan.arguments,
            log: "\(testbed.run.path)/martlet.log",
            ledger: testbed.run.ledger
        )
        let fleet = Fleet(origin: origin, remotes: remotes, martlet: martlet, logs: logs)
        try await martlet.start()
        do {
            try await fleet.nodesReady()
        } catch {
            await martlet.kill()
            throw FleetDidNotStart(cause: error, log: martlet.logTail())
        }
        return fleet
    }

    /// Takes everything away.
    ///
    /// - Parameter keepingLogs: whether the logs of the clusters and of martlet are kept, in ``logs``.
    func end(_ fleet: Fleet?, keepingLogs: Bool) async throws {
        await fleet?.martlet.stop(grace: .seconds(10))
        if keepingLogs { try keepLogs() }
        await http.shutdown()
        try await testbed.stop()
    }

    private func place(of name: String) -> Int {
        plan.remotes.firstIndex { $0.name == name } ?? 0
    }

    private func cluster(_ cluster: TestbedCluster) throws -> FleetCluster {
        guard let relay = cluster.relay else { preconditionFailure("the plan has a relay for each cluster") }
        let client = APIClient(
            access: cluster.controlPlane.access(),
            http: http,
            userAgent: "martlet-tests",
            logger: Logger(label: "tests", level: .error),
            metrics: MetricsRegistry(),
            cluster: cluster.name,
            budget: RequestBudget(.unlimited)
        )
        return FleetCluster(name: cluster.name, control: cluster.controlPlane, relay: relay, client: client)
    }

    /// Gives the ServiceAccount "martlet" the rights that the documentation gives, and nothing else.
    ///
    /// - Returns: the kubeconfig that leads through the relay.
    private func admit(_ cluster: FleetCluster, rights: String) async throws -> String {
        try await cluster.kubectl("apply", "--filename", "\(Self.checkout)/docs/rbac/\(rights)")
        return try await cluster.control.writeKubeconfig(
            serviceAccount: "martlet",
            namespace: "martlet",
            via: cluster.relay.endpoint
        )
    }

    private func configuration(of remote: FleetPlan.Remote, kubeconfig: String) -> JSON {
        var entry = remote.configuration
        entry["name"] = .string(remote.name)
        entry["region"] = .string(remote.region)
        entry["zone"] = remote.zone.map { .string($0) }
        entry["kubeconfig"] = .string(kubeconfig)
        return .object(entry)
    }

    /// The top folder of the sources.
    private static var checkout: String {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }
}

// MARK: - Logs

extension FleetRun {
    /// Where the logs are kept after a failure.
    private var logs: String {
        FileManager.default.temporaryDirectory.appendingPathComponent("martlet-test-logs-\(testbed.run.id)").path
    }

    private func keepLogs() throws {
        let files = FileManager.default
        try files.createDirectory(atPath: logs, withIntermediateDirectories: true)
        try files.copyItem(atPath: "\(testbed.run.path)/martlet.log", toPath: "\(logs)/martlet.log")
        for cluster in testbed.clusters {
            try files.copyItem(atPath: "\(cluster.controlPlane.directory)/log", toPath: "\(logs)/\(cluster.name)")
        }
    }
}

/// Martlet did not get its nodes ready.
struct FleetDidNotStart: Error, CustomStringConvertible {
    let cause: any Error
    let log: String

    var description: String { "\(cause)\nThe end of martlet's log:\n\(log)" }
}
