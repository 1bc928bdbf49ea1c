import Synchronization

/// The link of one run: a bridge on this machine with a subnet of its own.
///
/// The machine has addresses on it that are not of the loopback network: API servers from 1.21 on proxy to no node at a
/// loopback address. The bridge has a cable into the network namespace of each real node. Nothing is forwarded,
/// translated or filtered: it carries traffic between the machine and the nodes and pods of the run only, and no node
/// has a route to anything else. Two runs never share a bridge or an address.
package final class RunNetwork: Sendable {
    let host: HostNetwork
    let bridge: String
    let subnet: RunSubnet
    private let lastAddress = Mutex(0)

    private init(host: HostNetwork, bridge: String, subnet: RunSubnet) {
        (self.host, self.bridge, self.subnet) = (host, bridge, subnet)
    }

    /// Makes the bridge, on a subnet that the machine does not use.
    ///
    /// - Throws: `TestbedError` `.toolMissing`; `.network` if no subnet is free; `.commandFailed` for a caller who is not
    ///   root; `CancellationError`.
    static func open(for run: RunDirectory, toolbox: Toolbox) async throws -> RunNetwork {
        let host = HostNetwork(
            ip: try toolbox.tool("ip"),
            nsenter: try toolbox.tool("nsenter"),
            scratch: run.path
        )
        let bridge = "mlt-\(run.id)"
        try run.ledger.record(.link(bridge))
        try await host.apply(["link add \(bridge) type bridge"])
        do {
            return RunNetwork(host: host, bridge: bridge, subnet: try await host.claimSubnet(for: bridge))
        } catch {
            try await host.removeLink(bridge)
            throw error
        }
    }

    /// Gives the machine one more address, which the nodes can reach too: servers with addresses of their own can all
    /// use the same ports.
    ///
    /// - Throws: `TestbedError` `.network` when all are taken; `.commandFailed`.
    package func addAddress() async throws -> String {
        let number = lastAddress.next()
        guard RunSubnet.numbers.contains(number) else {
            throw TestbedError(.network, "the run's \(RunSubnet.numbers.upperBound) addresses are used up")
        }
        let address = subnet.hostAddress(number)
        // The first came with the bridge.
        if number > 1 { try await host.apply(["addr add \(address)/16 dev \(bridge)"]) }
        return address
    }

    /// Removes the bridge, and before it what the nodes on it share; of the two neither keeps the other from going.
    ///
    /// - Throws: `TestbedError` for what could not be removed.
    func remove(with nodes: RealNodeHost? = nil) async throws {
        do {
            try await nodes?.remove()
        } catch {
            try await host.removeLink(bridge)
            throw error
        }
        try await host.removeLink(bridge)
    }
}

extension Mutex<Int> {
    /// Counts from 1.
    func next() -> Int {
        withLock { number in
            number += 1
            return number
        }
    }
}
