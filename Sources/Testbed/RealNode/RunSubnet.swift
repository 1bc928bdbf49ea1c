/// The addresses of one run: a private /16 in which everything is on one link.
///
/// x.y.0.1 and up are the machine itself, where API servers listen; x.y.N.1 is node N, x.y.N.10 to x.y.N.250 are its pods.
/// All of them reach each other without a route, whichever cluster they belong to, and reach nothing else.
struct RunSubnet: Sendable, Hashable, CustomStringConvertible {
    let first: UInt8
    let second: UInt8

    /// Every subnet that a run may take: of the private ranges those that home and company networks use least first.
    static let candidates: [RunSubnet] =
        (64...255).map { RunSubnet(first: 10, second: $0) } + (16...31).map { RunSubnet(first: 172, second: $0) }

    /// The numbers that nodes, and addresses of the machine, may have.
    static let numbers = 1...250

    var description: String { "\(first).\(second).0.0/16" }

    /// An address of the machine itself; the first comes with the bridge.
    func hostAddress(_ number: Int = 1) -> String { "\(first).\(second).0.\(number)" }

    /// Whether some address of the subnet is already in use by the machine: it overlaps with a route that is not the
    /// default one.
    func overlaps(_ route: IPv4Prefix) -> Bool {
        guard route.length > 0 else { return false }
        let own = IPv4Prefix(address: UInt32(first) << 24 | UInt32(second) << 16, length: 16)
        return own.contains(route.address) || route.contains(own.address)
    }

    /// A locally administered Ethernet address that goes with an IPv4 address. A bridge that is not given one takes
    /// the lowest of its ports', so that it changes, and its neighbours lose it, when a pod comes or goes.
    static func hardwareAddress(for address: String) -> String {
        let octets = address.split(separator: ".").compactMap { UInt8($0) }.map { octet in
            (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }
        return (["02", "4d"] + octets).joined(separator: ":")
    }
}

/// Where a node is on the network of its run.
package struct NodePlace: Sendable, Hashable {
    let subnet: RunSubnet
    let number: Int

    /// The node's address, without a prefix length.
    package var address: String { "\(subnet.first).\(subnet.second).\(number).1" }

    var firstPodAddress: String { "\(subnet.first).\(subnet.second).\(number).10" }
    var lastPodAddress: String { "\(subnet.first).\(subnet.second).\(number).250" }
}

/// A block of IPv4 addresses.
struct IPv4Prefix: Sendable, Hashable {
    let address: UInt32
    let length: Int

    init(address: UInt32, length: Int) {
        self.address = address
        self.length = length
    }

    /// Reads "10.1.0.0/16" or "10.1.0.1".
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let octets = (parts.first ?? "").split(separator: ".", omittingEmptySubsequences: false).compactMap {
            UInt8($0)
        }
        guard octets.count == 4, parts.count <= 2 else { return nil }
        guard let length = parts.count == 2 ? Int(parts[1]) : 32, (0...32).contains(length) else { return nil }
        self.init(address: octets.reduce(0) { $0 << 8 | UInt32($1) }, length: length)
    }

    func contains(_ other: UInt32) -> Bool {
        let mask = length == 0 ? 0 : UInt32.max << UInt32(32 - length)
        return address & mask == other & mask
    }
}
