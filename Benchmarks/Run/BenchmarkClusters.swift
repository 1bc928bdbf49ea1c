import Foundation
import KubeClient
import KubeModel
import Observability
import Testbed
import Transport

/// One of the two clusters, and who looks at it.
struct BenchmarkCluster: Sendable {
    let name: String
    let kubeconfig: String
    let client: APIClient
    let observer: PodObserver

    init(_ cluster: TestbedCluster, _ http: any HTTPClient, _ elapsed: @escaping @Sendable () -> Duration) {
        name = cluster.name
        kubeconfig = cluster.kubeconfigPath
        client = Clients.unlimited(cluster.access(), cluster: cluster.name, http: http, metrics: MetricsRegistry())
        observer = PodObserver(client, elapsed: elapsed)
    }

    /// Whether a node is Ready and has no taint that keeps pods off.
    func hasSchedulableNode(_ name: String) async throws -> Bool {
        guard let node = try await client.find(.nodes, name: name) else { return false }
        return PodTimeline.isReady(node) && (node.at("spec", "taints")?.array ?? []).isEmpty
    }

    /// Makes the namespace of the workload and waits until pods can be made in it.
    func makeNamespace() async throws {
        let object: JSON = [
            "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(Workload.namespace)],
        ]
        _ = try await client.create(.namespaces, object: object)
        try await Await.until("the default service account in \(name)", limit: .seconds(60)) {
            try await exists(.serviceAccounts, namespace: Workload.namespace, "default")
        }
    }

    func waitForReady(_ names: Set<String>, limit: Duration) async throws {
        try await Await.until("\(names.count) nodes are Ready", limit: limit) {
            let nodes = (try await client.list(.nodes)["items"]?.array ?? []).filter(PodTimeline.isReady)
            return names.isSubset(of: nodes.compactMap { $0.at("metadata", "name")?.string })
        }
    }

    /// Takes the nodes of a process that has ended away. Those that it never made do not matter.
    func removeNodes(_ names: [String]) async throws {
        for name in names {
            do {
                _ = try await client.delete(.nodes, name: name)
            } catch let error as APIError where error.code == .notFound {
                continue
            }
        }
        for name in names {
            try await Await.until("the end of node \(name)", limit: .seconds(30)) {
                try await !exists(.nodes, name)
            }
        }
    }

    private func exists(_ resource: Resource, namespace: String? = nil, _ name: String) async throws -> Bool {
        try await client.find(resource, namespace: namespace, name: name) != nil
    }
}

/// The origin, the remote with its simulated nodes, and what the trials need to know of them.
struct BenchmarkClusters: Sendable {
    let settings: BenchmarkSettings
    let origin: BenchmarkCluster
    let remote: BenchmarkCluster
    /// The Kubernetes release.
    let release: String
    let testbed: Testbed
    /// Where the trials' configurations and logs go.
    let directory: String
    let ledger: Ledger
    let http: any HTTPClient
    /// The time since the start, on the one clock of all observations.
    let elapsed: @Sendable () -> Duration

    var observers: [PodObserver] { [origin.observer, remote.observer] }

    /// What the watches have seen, for the message of a failure.
    var view: String {
        observers.map { "\($0.cluster): \($0.observations.summary)" }.joined(separator: "\n")
    }

    /// Starts everything, for as long as the body runs.
    static func with<Value: Sendable>(
        _ settings: BenchmarkSettings,
        managedFields: ManagedFields,
        report: @escaping @Sendable (String) -> Void,
        body: (BenchmarkClusters) async throws -> Value
    ) async throws -> Value {
        try await withTestbed(plan(settings, managedFields), progress: report) { testbed in
            let http = try CurlHTTPClient.start()
            let result: Result<Value, any Error>
            do {
                let clusters = try Self(settings, testbed, http)
                result = .success(try await clusters.withHollowNodes(testbed, body))
            } catch {
                result = .failure(error)
            }
            await http.shutdown()
            return try result.get()
        }
    }

    /// Runs the body while the pods of both clusters are watched.
    func observing<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            for observer in observers {
                group.addTask {
                    try await observer.run()
                    return nil
                }
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    /// The throttles of Kubernetes' own clients are raised, so that they are not what is measured.
    private static func plan(_ settings: BenchmarkSettings, _ managedFields: ManagedFields) -> TestbedPlan {
        var controlPlane = ControlPlaneSettings()
        controlPlane.clientCallsPerSecond = settings.callsPerSecond
        controlPlane.flags = managedFields.flags
        return TestbedPlan(
            origin: ClusterPlan(name: "origin", settings: controlPlane),
            remotes: [ClusterPlan(name: "remote", settings: controlPlane)],
            stateDirectory: settings.stateDirectory.map { "\($0)/managed-fields-\(managedFields.rawValue)" },
            keepsFiles: settings.stateDirectory != nil
        )
    }

    private init(_ settings: BenchmarkSettings, _ testbed: Testbed, _ http: any HTTPClient) throws {
        let start = ContinuousClock.now
        let elapsed: @Sendable () -> Duration = { ContinuousClock.now - start }
        self.settings = settings
        self.http = http
        self.elapsed = elapsed
        origin = BenchmarkCluster(testbed.origin, http, elapsed)
        remote = BenchmarkCluster(try testbed.remote("remote"), http, elapsed)
        release = testbed.version
        self.testbed = testbed
        directory = try testbed.run.makeDirectory("trials")
        ledger = testbed.run.ledger
    }

    /// Runs the remote's simulated nodes as a process of their own, so that they cost every variant the same.
    private func withHollowNodes<Value: Sendable>(
        _ testbed: Testbed,
        _ body: (BenchmarkClusters) async throws -> Value
    ) async throws -> Value {
        let arguments = [
            "hollow", "--kubeconfig", remote.kubeconfig, "--nodes", "\(settings.hollowNodes)",
            "--pods-per-node", "\(settings.podsPerHollowNode)",
            "--start-delay-ms", "\(Int(settings.startDelay / .milliseconds(1)))",
        ]
        let log = "\(directory)/hollow.log"
        let nodes = try await Subprocess.start(Command(settings.bench, arguments), log: log, ledger: ledger)
        do {
            try await testbed.remote("remote").controlPlane.waitForNodes(settings.hollowNodes)
            try await origin.makeNamespace()
            try await remote.makeNamespace()
            let value = try await body(self)
            await nodes.stop(grace: .seconds(10))
            return value
        } catch {
            await nodes.stop(grace: .seconds(10))
            throw error
        }
    }
}
