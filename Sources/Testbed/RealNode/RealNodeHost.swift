import Synchronization

/// What the real nodes of one run share: a bridge on this machine, a control group, the programs.
///
/// The bridge has a cable into the network namespace of each node. Nothing is forwarded, translated or filtered: it
/// carries traffic between the machine and the nodes and pods of the run only, and no node has a route to anything
/// else. Two runs never share a bridge, an address or a group.
package final class RealNodeHost: Sendable {
    let run: RunDirectory
    let tools: NodeTools
    let kubelet: KubeletRelease
    let network: HostNetwork
    let groups: ControlGroups
    let subnet: RunSubnet
    /// How containerd keeps the file systems of containers.
    let snapshotter: String
    private let lastNode = Mutex(0)
    private let lastAddress = Mutex(0)

    private init(
        run: RunDirectory,
        tools: NodeTools,
        kubelet: KubeletRelease,
        network: HostNetwork,
        groups: ControlGroups,
        subnet: RunSubnet,
        snapshotter: String
    ) {
        self.run = run
        self.tools = tools
        self.kubelet = kubelet
        self.network = network
        self.groups = groups
        self.subnet = subnet
        self.snapshotter = snapshotter
    }

    /// Makes the bridge, on a subnet that the machine does not use, and the control group.
    ///
    /// - Throws: `TestbedError` `.toolMissing`; `.network` if no subnet is free; `.commandFailed` or `.file` for a
    ///   caller who is not root.
    package static func prepare(for run: RunDirectory, toolbox: Toolbox) async throws -> RealNodeHost {
        let tools = try NodeTools(toolbox: toolbox)
        let network = HostNetwork(tools: tools, scratch: run.path)
        async let kubelet = KubeletRelease.ask(tools.kubelet, scratch: run.path)
        let groups = try ControlGroups.ofMachine()
        for path in groups.paths(of: ControlGroups.name(ofRun: run.id)) {
            try run.ledger.record(.controlGroup(path))
        }
        try run.ledger.record(.link(bridge(of: run)))
        try await network.apply(["link add \(bridge(of: run)) type bridge"])
        do {
            return RealNodeHost(
                run: run,
                tools: tools,
                kubelet: try await kubelet,
                network: network,
                groups: groups,
                subnet: try await network.claimSubnet(for: bridge(of: run)),
                snapshotter: try await snapshotter(in: run.path)
            )
        } catch {
            try await network.removeLink(bridge(of: run))
            throw error
        }
    }

    /// An overlay cannot keep its changes on another overlay, which is what the root of a container usually is.
    private static func snapshotter(in directory: String) async throws -> String {
        let ask = Command("/usr/bin/stat", ["--file-system", "--format=%T", directory])
        let type = try await Subprocess.run(ask, deadline: .seconds(10), scratch: directory).checked().output
        return type.hasPrefix("overlay") ? "native" : "overlayfs"
    }

    /// Gives the machine one more address that the nodes can reach, for the API server of one cluster: clusters with
    /// addresses of their own can all use the same ports. The server's certificate must hold the address.
    ///
    /// - Throws: `TestbedError` `.network` when all are taken; `.commandFailed`.
    package func addAddress() async throws -> String {
        let number = lastAddress.next()
        guard RunSubnet.numbers.contains(number) else {
            throw TestbedError(.network, "the run's \(RunSubnet.numbers.upperBound) addresses are used up")
        }
        let address = subnet.hostAddress(number)
        // The first came with the bridge.
        if number > 1 { try await network.apply(["addr add \(address)/16 dev \(bridge)"]) }
        return address
    }

    /// A place for one more node.
    ///
    /// - Throws: `TestbedError` `.network` when all are taken.
    package func nextPlace() throws(TestbedError) -> NodePlace {
        let number = lastNode.next()
        guard RunSubnet.numbers.contains(number) else {
            throw TestbedError(.network, "the run's \(RunSubnet.numbers.upperBound) places for real nodes are used up")
        }
        return NodePlace(subnet: subnet, number: number)
    }

    /// Removes the bridge and the groups, and ends every process that is still in one of them.
    ///
    /// - Throws: `TestbedError` for what could not be removed.
    package func remove() async throws {
        try await groups.remove(ControlGroups.name(ofRun: run.id))
        try await network.removeLink(Self.bridge(of: run))
    }

    var bridge: String { Self.bridge(of: run) }

    private static func bridge(of run: RunDirectory) -> String { "mlt-\(run.id)" }
}

extension Mutex<Int> {
    /// Counts from 1.
    fileprivate func next() -> Int {
        withLock { number in
            number += 1
            return number
        }
    }
}
