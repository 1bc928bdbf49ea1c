import Testing

@testable import Testbed

@Suite struct HostNetworkTests {
    /// As iproute2 6.1 writes them.
    private let routes = """
        default via 192.0.2.1 dev eth0
        10.77.0.0/16 dev mlt-0123abcd proto kernel scope link src 10.77.0.1 linkdown
        192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2
        local 10.77.0.1 dev mlt-0123abcd table local proto kernel scope host src 10.77.0.1
        broadcast 10.77.255.255 dev mlt-0123abcd table local proto kernel scope link src 10.77.0.1 linkdown
        unreachable 10.96.0.0/12 dev lo
        10.200.0.7 via 192.0.2.9 dev eth0

        """

    @Test("Destinations are read whatever type of route they have, and those of the own interface are left out")
    func destinations() {
        let found = HostNetwork.destinations(of: routes, exceptOn: "mlt-0123abcd")
        let expected = ["192.0.2.0/24", "10.96.0.0/12", "10.200.0.7"].compactMap { IPv4Prefix($0) }
        #expect(found == expected)
    }

    @Test("A subnet that another run has just taken shows in the routes")
    func taken() {
        let found = HostNetwork.destinations(of: routes, exceptOn: "mlt-other")
        #expect(found.contains { RunSubnet(first: 10, second: 77).overlaps($0) })
    }
}
