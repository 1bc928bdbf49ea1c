import Lifecycle
import Synchronization

/// A cluster of a testbed: a control plane, the way to it, and what runs its pods.
package final class TestbedCluster: Sendable {
    package let name: String
    package let controlPlane: ControlPlane
    /// The relay in front of the API server, if the plan has one: to delay, stall, cut and throttle.
    package let relay: Relay?
    /// The administrator's kubeconfig that leads through the relay, if there is one: what martlet is given.
    package let kubeconfigPath: String
    /// The nodes with real containers.
    package let realNodes: [RealNode]

    /// The way by which real nodes, and pods of any cluster that run on some, reach the API server; nil where the
    /// testbed has no real nodes.
    package let nodesWay: Relay?

    private struct Simulation {
        let nodes: HollowNodes
        let task: Task<Void, any Error>
    }

    private let simulation: Mutex<Simulation?>

    init(
        controlPlane: ControlPlane,
        relay: Relay?,
        realNodes: [RealNode] = [],
        nodesWay: Relay? = nil
    ) throws {
        name = controlPlane.name
        self.controlPlane = controlPlane
        self.relay = relay
        self.realNodes = realNodes
        self.nodesWay = nodesWay
        simulation = Mutex(nil)
        kubeconfigPath =
            try relay.map {
                try controlPlane.writeKubeconfig(user: "kubernetes-admin", groups: ["system:masters"], via: $0.endpoint)
            } ?? controlPlane.kubeconfig
    }

    /// The way in for an `APIClient`, as the administrator; through the relay, if there is one.
    package func access() -> AdministratorAccess {
        controlPlane.access(via: relay?.endpoint)
    }

    /// A program of the control plane, to stop, kill, freeze and start.
    package func component(_ component: Component) throws(TestbedError) -> ComponentProcess {
        try controlPlane.component(component)
    }

    /// Runs kubectl as the administrator, directly at the API server, whatever the relay does.
    @discardableResult
    package func kubectl(
        _ arguments: String...,
        input: String? = nil,
        deadline: Duration = .seconds(60)
    ) async throws -> String {
        try await controlPlane.kubectl(arguments, input: input, deadline: deadline).checked().output
    }

    /// Starts the control plane and its nodes, and waits until all is ready.
    func start(hollow: HollowNodes?, nodes count: Int, progress: @escaping @Sendable (String) -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in realNodes {
                group.addTask { try await node.start() }
            }
            group.addTask { try await self.controlPlane.start(progress: progress) }
            try await group.waitForAll()
        }
        if let hollow {
            // Owned by this cluster: `stop` cancels it and waits for its end.
            let task = Task { try await hollow.run() }
            simulation.withLock { $0 = Simulation(nodes: hollow, task: task) }
            try await controlPlane.waitForNodes(count)
        }
        for node in realNodes { try await controlPlane.waitUntilReady(node) }
        guard count > 0 else { return }
        progress("\(name): \(count) \(count == 1 ? "node is" : "nodes are") ready")
    }

    /// Ends one of the simulated nodes as a power failure does.
    ///
    /// - Throws: `TestbedError` `.plan` for a name that is none of theirs.
    package func stopNode(_ name: String) throws(TestbedError) {
        guard let nodes = simulation.withLock({ $0?.nodes }) else {
            throw TestbedError(.plan, "'\(self.name)' has no simulated nodes")
        }
        try nodes.stop(name)
    }

    /// Ends everything at once.
    ///
    /// - Throws: `TestbedError` for a real node that could not be removed; the rest has gone all the same.
    func stop() async throws {
        let task = simulation.withLock { $0.take() }?.task
        task?.cancel()
        // It has been cancelled, or has failed before, which the tests on its nodes have seen.
        _ = await task?.result
        await relay?.stop()
        await nodesWay?.stop()
        await controlPlane.kill()
        for node in realNodes {
            try await node.remove()
        }
    }
}
