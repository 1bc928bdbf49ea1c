package import KubeClient
import KubeModel
import Lifecycle
package import Observability
import PodSync
import Providers
import Transport
import VirtualNode

/// Simulated nodes of a cluster: martlet's own virtual-node code with a provider whose pods run nothing.
///
/// To the cluster they are nodes like others (leases, status, pods that become Running and end); thousands of pods fit
/// one process. They do not carry the label of virtual nodes, because a remote's delegates shall land on them.
package struct HollowNodes: Service {
    /// What the nodes are like.
    package struct Shape: Sendable {
        /// How many nodes there are; they are named `<prefix>-0`, `<prefix>-1`, ….
        package var count: Int
        package var namePrefix: String
        /// What each node can take.
        package var cpu: String
        package var memory: String
        package var pods: Int64
        /// How long a pod takes from its creation to Running.
        package var startDelay: Duration
        /// Whether each has a kubelet endpoint, which tells what its pods use.
        package var hasKubelets: Bool

        package init(
            count: Int,
            namePrefix: String = "hollow",
            cpu: String = "32",
            memory: String = "256Gi",
            pods: Int64 = 110,
            startDelay: Duration = .zero,
            hasKubelets: Bool = false
        ) {
            self.count = count
            self.namePrefix = namePrefix
            self.cpu = cpu
            self.memory = memory
            self.pods = pods
            self.startDelay = startDelay
            self.hasKubelets = hasKubelets
        }
    }

    /// The names of the nodes.
    package let names: [String]
    private let client: APIClient
    private let shape: Shape
    private let kubelets: HollowKubelets?
    private let ends: [String: ShutdownSignal]
    private let resources: ResourceList
    private let logger: Logger
    private let metrics: MetricsRegistry

    /// - Parameter kubelets: what the nodes' kubelet endpoints show; nil for nodes without.
    /// - Throws: `QuantityError` for a shape whose amounts are none.
    package init(
        client: APIClient,
        shape: Shape,
        kubelets: HollowKubelets? = nil,
        logger: Logger,
        metrics: MetricsRegistry
    ) throws {
        self.client = client
        self.shape = shape
        self.kubelets = kubelets
        names = (0..<shape.count).map { "\(shape.namePrefix)-\($0)" }
        ends = Dictionary(uniqueKeysWithValues: names.map { ($0, ShutdownSignal()) })
        resources = [
            "cpu": try Quantity(shape.cpu), "memory": try Quantity(shape.memory), "pods": Quantity(units: shape.pods),
            "ephemeral-storage": try Quantity("100Gi"),
        ]
        self.logger = logger
        self.metrics = metrics
    }

    package func run() async throws {
        let version = try await client.version().gitVersion
        let events = EventRecorder(client: client, component: "hollow-node", logger: logger, metrics: metrics)
        let connections = try kubelets.map { _ in try ConnectionLoop.start() }
        do {
            let host = connections.flatMap { kubelets?.host(client, loop: $0, logger: logger) }
            try await run(version, host, events)
        } catch {
            await connections?.stop()
            throw error
        }
        await connections?.stop()
    }

    private func run(_ version: String, _ host: KubeletHost?, _ events: EventRecorder) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await events.run() }
            if let host { group.addTask { try await host.authorities.run() } }
            for (number, name) in names.enumerated() {
                let service = node(number, version: version, host, events: events)
                group.addTask { _ = try await cancelOnShutdown(ends[name] ?? .current) { try await service.run() } }
            }
        }
    }

    /// Ends a node as a power failure does: it says nothing more, and its pods stay as they are.
    ///
    /// - Throws: `TestbedError` `.plan` for a name that is none of these nodes'.
    package func stop(_ name: String) throws(TestbedError) {
        guard let end = ends[name] else { throw TestbedError(.plan, "there is no hollow node '\(name)'") }
        end.trigger()
    }

    private func node(
        _ number: Int,
        version: String,
        _ host: KubeletHost?,
        events: EventRecorder
    ) -> VirtualNodeService {
        let name = names[number]
        let simulation = SimulatedSettings(
            resources: resources,
            startDelay: shape.startDelay,
            hostAddress: "10.\(200 + number / 250).\(number % 250).1",
            podNetwork: UInt8(100 + number % 100),
            version: version
        )
        return VirtualNodeService(
            // Port 0: any that is free.
            settings: NodeSettings(
                name: name,
                labels: ["type": "simulated"],
                address: kubelets?.address,
                kubeletPort: 0
            ),
            origin: client,
            makeProvider: { Simulated(name: name, settings: simulation) },
            podSync: PodSyncOptions(workers: 4),
            kubelet: host,
            events: events,
            logger: logger,
            metrics: metrics
        )
    }
}
