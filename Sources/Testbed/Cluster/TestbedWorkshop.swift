import KubeClient
import Observability
import Transport

/// What the clusters of one testbed are built with.
struct TestbedWorkshop: Sendable {
    let run: RunDirectory
    let surroundings: ControlPlaneSurroundings
    /// Those of clusters with other Kubernetes binaries, by the folder.
    let otherReleases: [String: ControlPlaneSurroundings]
    let http: CurlHTTPClient
    let network: RunNetwork
    /// What real nodes share; nil if the plan has none.
    let host: RealNodeHost?

    /// Makes the run's directory and asks the binaries what they know.
    ///
    /// - Throws: `TestbedError`, `TransportError`; `CancellationError`. Nothing is left then but the directory.
    static func open(_ plan: TestbedPlan, toolbox: Toolbox) async throws -> TestbedWorkshop {
        let run = try RunDirectory(at: plan.stateDirectory)
        let scratch = try run.makeDirectory("scratch")
        let http = try CurlHTTPClient.start()
        do {
            var random = SystemRandomNumberGenerator()
            let surroundings = ControlPlaneSurroundings(
                toolbox: toolbox,
                release: try await Release.ask(toolbox, scratch: scratch),
                ledger: run.ledger,
                addresses: try LoopbackBlock(using: &random),
                http: http,
                scratch: scratch
            )
            var otherReleases: [String: ControlPlaneSurroundings] = [:]
            for folder in Set(plan.clusters.compactMap(\.settings.binaries)) {
                otherReleases[folder] = try await surroundings.with(binaries: folder)
            }
            let hasRealNodes = plan.clusters.contains { if case .real = $0.nodes { true } else { false } }
            let network = try await RunNetwork.open(for: run, toolbox: toolbox)
            do {
                return TestbedWorkshop(
                    run: run,
                    surroundings: surroundings,
                    otherReleases: otherReleases,
                    http: http,
                    network: network,
                    host: hasRealNodes ? try await .prepare(for: run, on: network, toolbox: toolbox) : nil
                )
            } catch {
                try await network.remove()
                throw error
            }
        } catch {
            await http.shutdown()
            throw error
        }
    }

    /// Gives up what `open` made, when no testbed came of it.
    func close() async throws {
        await http.shutdown()
        try await network.remove(with: host)
        try run.remove()
    }

    /// Makes a cluster; nothing of it runs yet but its relays.
    func build(_ plan: ClusterPlan, originStore: EtcdStore?) async throws -> TestbedCluster {
        var settings = plan.settings
        var nodesAddress: String?
        // Pods of one cluster may have business with the API server of another: each has an address that they reach.
        if host != nil {
            let address = try await network.addAddress()
            settings.serverNames.append(address)
            nodesAddress = address
        }
        let controlPlane = try ControlPlane(
            name: plan.name,
            directory: try run.makeDirectory(plan.name),
            settings: settings,
            sharedStore: sharedStore(of: plan, originStore),
            surroundings: settings.binaries.flatMap { otherReleases[$0] } ?? surroundings
        )
        let relay = try plan.way.map { way in
            let port = try Sockets.freePort(at: controlPlane.endpoint.host, from: 28443)
            return try Relay.start(
                at: Endpoint(host: controlPlane.endpoint.host, port: port),
                to: controlPlane.endpoint,
                conditions: way
            )
        }
        let nodesWay = try nodesAddress.map { try controlPlane.openWayForNodes(at: $0) }
        return try TestbedCluster(
            controlPlane: controlPlane,
            relay: relay,
            realNodes: try realNodes(plan.nodes, of: controlPlane, nodesWay),
            nodesWay: nodesWay
        )
    }

    /// The simulated nodes of a cluster; nil if it has none.
    func hollowNodes(_ nodes: ClusterPlan.Nodes, of cluster: TestbedCluster) async throws -> HollowNodes? {
        guard case .simulated(let shape) = nodes else { return nil }
        let logger = Logger(label: "hollow-nodes", level: .warning)
        let metrics = MetricsRegistry()
        let client = APIClient(
            access: cluster.controlPlane.access(),
            http: http,
            userAgent: "martlet-testbed",
            logger: logger,
            metrics: metrics,
            cluster: cluster.name
        )
        let kubelets = shape.hasKubelets ? try await hollowKubelets(of: cluster.controlPlane) : nil
        return try HollowNodes(client: client, shape: shape, kubelets: kubelets, logger: logger, metrics: metrics)
    }

    private func hollowKubelets(of controlPlane: ControlPlane) async throws -> HollowKubelets {
        let address = try await network.addAddress()
        return HollowKubelets(
            address: address,
            certificate: try KubeletCertificate(
                address: address,
                authority: controlPlane.authority,
                directory: controlPlane.directory
            ),
            authority: controlPlane.layout.pki("ca.crt")
        )
    }

    private func sharedStore(of plan: ClusterPlan, _ originStore: EtcdStore?) -> EtcdStore? {
        guard case .ofOrigin = plan.store, let originStore else { return nil }
        return EtcdStore(endpoint: originStore.endpoint, prefix: "/\(plan.name)")
    }

    private func realNodes(
        _ nodes: ClusterPlan.Nodes,
        of controlPlane: ControlPlane,
        _ way: Relay?
    ) throws -> [RealNode] {
        guard case .real(let count, let labels) = nodes, let host, let way else { return [] }
        return try (1...max(count, 1)).map { number in
            try controlPlane.makeRealNode("\(controlPlane.name)-\(number)", on: host, way: way, labels: labels)
        }
    }
}
