import Synchronization

/// What the real nodes of one run share: the run's link, a control group, the programs. Two runs never share a group.
package final class RealNodeHost: Sendable {
    let run: RunDirectory
    let tools: NodeTools
    let kubelet: KubeletRelease
    let network: RunNetwork
    let groups: ControlGroups
    /// How containerd keeps the file systems of containers.
    let snapshotter: String
    private let lastNode = Mutex(0)

    private init(
        run: RunDirectory,
        tools: NodeTools,
        kubelet: KubeletRelease,
        network: RunNetwork,
        groups: ControlGroups,
        snapshotter: String
    ) {
        self.run = run
        self.tools = tools
        self.kubelet = kubelet
        self.network = network
        self.groups = groups
        self.snapshotter = snapshotter
    }

    /// Names the control group.
    ///
    /// - Throws: `TestbedError` `.toolMissing`; `.commandFailed` or `.file` for a caller who is not root.
    static func prepare(for run: RunDirectory, on network: RunNetwork, toolbox: Toolbox) async throws -> RealNodeHost {
        let tools = try NodeTools(toolbox: toolbox)
        async let kubelet = KubeletRelease.ask(tools.kubelet, scratch: run.path)
        let groups = try ControlGroups.ofMachine()
        for path in groups.paths(of: ControlGroups.name(ofRun: run.id)) {
            try run.ledger.record(.controlGroup(path))
        }
        return RealNodeHost(
            run: run,
            tools: tools,
            kubelet: try await kubelet,
            network: network,
            groups: groups,
            snapshotter: try await snapshotter(in: run.path)
        )
    }

    /// An overlay cannot keep its changes on another overlay, which is what the root of a container usually is.
    private static func snapshotter(in directory: String) async throws -> String {
        let ask = Command("/usr/bin/stat", ["--file-system", "--format=%T", directory])
        let type = try await Subprocess.run(ask, deadline: .seconds(10), scratch: directory).checked().output
        return type.hasPrefix("overlay") ? "native" : "overlayfs"
    }

    /// A place for one more node.
    ///
    /// - Throws: `TestbedError` `.network` when all are taken.
    package func nextPlace() throws(TestbedError) -> NodePlace {
        let number = lastNode.next()
        guard RunSubnet.numbers.contains(number) else {
            throw TestbedError(.network, "the run's \(RunSubnet.numbers.upperBound) places for real nodes are used up")
        }
        return NodePlace(subnet: network.subnet, number: number)
    }

    /// Removes the groups, and ends every process that is still in one of them.
    ///
    /// - Throws: `TestbedError` for what could not be removed.
    package func remove() async throws {
        try await groups.remove(ControlGroups.name(ofRun: run.id))
    }
}
