import Transport

/// Real Kubernetes clusters on this machine, for as long as somebody needs them.
///
/// Everything runs on loopback addresses, or on a link of its own, that belong to this run alone, so that any number
/// of testbeds can run side by side. What they start dies with the process; what else a crash leaves, `Cleanup` removes.
package final class Testbed: Sendable {
    /// The directory of the run: certificates, kubeconfigs, logs, etcd's data.
    package let run: RunDirectory
    /// The Kubernetes release, as "v1.20.2": of all clusters but those whose plan names other binaries.
    package let version: String
    /// The programs that are run.
    package let toolbox: Toolbox
    /// Loopback addresses that belong to this run.
    package let addresses: LoopbackBlock
    /// Addresses to which API servers proxy, and which the nodes can reach: for a kubelet endpoint.
    package let network: RunNetwork
    package let origin: TestbedCluster
    /// The remotes by name.
    package let remotes: [String: TestbedCluster]

    private let keepsFiles: Bool
    private let http: CurlHTTPClient
    private let host: RealNodeHost?

    init(
        workshop: TestbedWorkshop,
        origin: TestbedCluster,
        remotes: [TestbedCluster],
        keepsFiles: Bool
    ) {
        run = workshop.run
        version = workshop.surroundings.release.version
        toolbox = workshop.surroundings.toolbox
        addresses = workshop.surroundings.addresses
        network = workshop.network
        http = workshop.http
        host = workshop.host
        self.origin = origin
        self.remotes = Dictionary(uniqueKeysWithValues: remotes.map { ($0.name, $0) })
        self.keepsFiles = keepsFiles
    }

    /// Starts all clusters of a plan side by side, and returns when all are ready.
    ///
    /// - Parameter progress: told each step, for people who wait.
    /// - Throws: `TestbedError`; `CancellationError`. Nothing is left running then; the files are, if the plan says so.
    package static func start(
        _ plan: TestbedPlan,
        toolbox: Toolbox? = nil,
        progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Testbed {
        try plan.validate()
        let workshop = try await TestbedWorkshop.open(plan, toolbox: try toolbox ?? Toolbox())
        let testbed: Testbed
        do {
            let origin = try await workshop.build(plan.origin, originStore: nil)
            var remotes: [TestbedCluster] = []
            for remote in plan.remotes {
                remotes.append(try await workshop.build(remote, originStore: origin.controlPlane.store))
            }
            testbed = Testbed(workshop: workshop, origin: origin, remotes: remotes, keepsFiles: plan.keepsFiles)
        } catch {
            try await workshop.close()
            throw error
        }
        do {
            try await testbed.startClusters(plan, workshop, progress)
            return testbed
        } catch {
            try await testbed.stop()
            throw error
        }
    }

    /// All clusters, the origin first.
    package var clusters: [TestbedCluster] {
        [origin] + remotes.values.sorted { $0.name < $1.name }
    }

    /// A remote that the plan has.
    ///
    /// - Throws: `TestbedError` `.plan` for any other name.
    package func remote(_ name: String) throws(TestbedError) -> TestbedCluster {
        guard let cluster = remotes[name] else { throw TestbedError(.plan, "the testbed has no remote '\(name)'") }
        return cluster
    }

    /// Ends everything and removes the files. Returns when nothing is left, also if the caller is cancelled.
    ///
    /// - Throws: `TestbedError` for what could not be removed; `martlet-testbed clean` tries again.
    package func stop() async throws {
        // A task of its own, because it must not be cut short with its caller.
        try await Task { try await self.takeDown() }.value
    }

    private func startClusters(
        _ plan: TestbedPlan,
        _ workshop: TestbedWorkshop,
        _ progress: @escaping @Sendable (String) -> Void
    ) async throws {
        let shapes = Dictionary(uniqueKeysWithValues: plan.clusters.map { ($0.name, $0.nodes) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for cluster in clusters {
                let nodes = shapes[cluster.name] ?? .none
                let hollow = try await workshop.hollowNodes(nodes, of: cluster)
                group.addTask { try await cluster.start(hollow: hollow, nodes: nodes.count, progress: progress) }
            }
            try await group.waitForAll()
        }
    }

    private func takeDown() async throws {
        var failures = await withTaskGroup(of: (any Error)?.self) { group in
            for cluster in clusters {
                group.addTask {
                    do {
                        try await cluster.stop()
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.compactMap(\.self)
        }
        await http.shutdown()
        do { try await network.remove(with: host) } catch { failures.append(error) }
        if let failure = failures.first { throw failure }
        if !keepsFiles { try run.remove() }
    }
}

extension ClusterPlan.Nodes {
    var count: Int {
        switch self {
        case .none: 0
        case .simulated(let shape): shape.count
        case .real(let count, _): count
        }
    }
}

/// Runs `body` with a testbed, which is gone when the call returns.
///
/// - Throws: what `Testbed.start` throws, what the body throws, or what could not be removed.
package func withTestbed<Value: Sendable>(
    _ plan: TestbedPlan,
    toolbox: Toolbox? = nil,
    progress: @escaping @Sendable (String) -> Void = { _ in },
    _ body: (Testbed) async throws -> Value
) async throws -> Value {
    let testbed = try await Testbed.start(plan, toolbox: toolbox, progress: progress)
    let value: Value
    do {
        value = try await body(testbed)
    } catch {
        try await testbed.stop()
        throw error
    }
    try await testbed.stop()
    return value
}
