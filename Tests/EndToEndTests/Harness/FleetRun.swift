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
        for file in plan.furtherRights {
            try await origin.kubectl("apply", "--filename", "\(Self.checkout)/docs/rbac/\(file)")
        }
        var entries: [JSON] = []
        for (remote, entry) in zip(remotes, plan.remotes) where entry.isConfigured {
            for object in entry.objects { try await remote.apply(object) }
            entries.append(configuration(of: entry, kubeconfig: try await admit(remote, rights: "remote.yaml")))
            guard entry.letsKubeletsBeAsked else { continue }
            try await remote.kubectl("apply", "--filename", "\(Self.checkout)/docs/rbac/remote-kubelets.yaml")
        }
        let address = try await testbed.network.addAddress()
        let configuration: JSON = [
            "origin": originSection(kubeconfig: originKubeconfig),
            "node": ["address": .string(address)],
            "kubelet": try kubelet(at: address, origin.control.authority),
            "logging": ["level": "debug"],
            "clusters": .array(entries),
            "clusterFiles": ["directory": .string(FleetPlan.kubeconfigFolder)],
        ]
        let folder = "\(testbed.run.path)/\(FleetPlan.kubeconfigFolder)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = "\(testbed.run.path)/martlet.yaml"
        try configuration.text.write(toFile: file, atomically: true, encoding: .utf8)
        let martlet = MartletProcess(
            binary: try MartletBinary.path(),
            arguments: ["--config", file] + plan.arguments,
            log: "\(testbed.run.path)/martlet.log",
            ledger: testbed.run.ledger
        )
        var fleet = Fleet(origin: origin, remotes: remotes, martlet: martlet, configuration: file, logs: logs)
        if plan.isPeering { fleet.peer = try await peer(of: origin, in: remotes[0]) }
        try await martlet.start()
        try await fleet.peer?.start()
        do {
            try await fleet.nodesReady(plan.remotes.filter(\.isConfigured).map(\.name))
        } catch {
            await martlet.kill()
            await fleet.peer?.kill()
            throw FleetDidNotStart(cause: error, log: martlet.logTail())
        }
        return fleet
    }

    /// Takes everything away.
    ///
    /// - Parameter keepingLogs: whether the logs of the clusters and of martlet are kept, in ``logs``.
    func end(_ fleet: Fleet?, keepingLogs: Bool) async throws {
        await fleet?.martlet.stop(grace: .seconds(10))
        await fleet?.peer?.stop(grace: .seconds(10))
        if keepingLogs { try keepLogs() }
        await http.shutdown()
        try await testbed.stop()
    }

    /// Where the kubelet endpoints listen, and what they show.
    private func kubelet(at address: String, _ authority: ClusterAuthority) throws -> JSON {
        guard !plan.asksForCertificates else {
            return ["listenAddress": .string(address), "certificateDirectory": .string(testbed.run.path)]
        }
        let files = try KubeletCertificate(address: address, authority: authority, directory: testbed.run.path)
        return [
            "listenAddress": .string(address), "certificate": .string(files.certificate),
            "privateKey": .string(files.key),
        ]
    }

    /// The martlet of a remote, for which the origin is a remote of the name "home".
    private func peer(of origin: FleetCluster, in remote: FleetCluster) async throws -> MartletProcess {
        let configuration: JSON = [
            "origin": ["kubeconfig": .string(try await admit(remote, rights: "origin.yaml"))],
            "logging": ["level": "debug"],
            "clusters": [
                [
                    "name": "home", "region": "us",
                    "kubeconfig": .string(try await admit(origin, rights: "remote.yaml")),
                ]
            ],
        ]
        let file = "\(testbed.run.path)/peer.yaml"
        try configuration.text.write(toFile: file, atomically: true, encoding: .utf8)
        return MartletProcess(
            binary: try MartletBinary.path(),
            arguments: ["--config", file],
            log: "\(testbed.run.path)/peer.log",
            ledger: testbed.run.ledger
        )
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
        return FleetCluster(
            name: cluster.name,
            control: cluster.controlPlane,
            relay: relay,
            stopNode: { try cluster.stopNode($0) },
            client: client,
            addressForContainers: cluster.nodesWay?.endpoint
        )
    }

    /// Gives the ServiceAccount "martlet" the rights that the documentation gives, and nothing else.
    ///
    /// - Returns: the kubeconfig that leads through the relay.
    private func admit(_ cluster: FleetCluster, rights: String) async throws -> String {
        try await cluster.control.admitMartlet(
            rights: "\(Self.checkout)/docs/rbac/\(rights)",
            via: cluster.relay.endpoint
        )
    }

    /// Where containers reach the origin's API server, it is advertised to them.
    private func originSection(kubeconfig: String) -> JSON {
        var section: JSON = ["kubeconfig": .string(kubeconfig)]
        section["apiServer"] = testbed.origin.nodesWay.map { "https://\($0.endpoint)" }
        return section
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
    static var checkout: String {
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
            for node in cluster.realNodes {
                for log in ["kubelet", "containerd"] {
                    try files.copyItem(
                        atPath: "\(node.directory)/\(log).log",
                        toPath: "\(logs)/\(cluster.name)/\(node.name)-\(log).log"
                    )
                }
            }
        }
    }
}

/// Martlet did not get its nodes ready.
struct FleetDidNotStart: Error, CustomStringConvertible {
    let cause: any Error
    let log: String

    var description: String { "\(cause)\nThe end of martlet's log:\n\(log)" }
}
