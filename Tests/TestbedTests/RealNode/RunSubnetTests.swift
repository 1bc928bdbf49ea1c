import Testing

@testable import Testbed

@Suite struct RunSubnetTests {
    @Test(
        "A subnet overlaps with what is in it and with what it is in, but not with the default route",
        arguments: [
            ("10.77.0.0/16", true), ("10.77.3.0/24", true), ("10.77.255.255", true), ("10.0.0.0/8", true),
            ("10.76.0.0/16", false), ("10.78.0.1", false), ("192.168.0.0/16", false), ("0.0.0.0/0", false),
        ]
    )
    func overlap(route: String, overlaps: Bool) throws {
        #expect(RunSubnet(first: 10, second: 77).overlaps(try #require(IPv4Prefix(route))) == overlaps)
    }

    @Test(
        "What is not an IPv4 prefix is not read as one",
        arguments: [
            "default", "10.1.2", "10.1.2.3.4", "10.1.2.256", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "", "::1",
        ]
    )
    func noPrefix(text: String) {
        #expect(IPv4Prefix(text) == nil)
    }

    @Test("Candidates are private and do not overlap with each other")
    func candidates() throws {
        let blocks = try ["10.0.0.0/8", "172.16.0.0/12"].map { try #require(IPv4Prefix($0)) }
        for candidate in RunSubnet.candidates {
            let prefix = try #require(IPv4Prefix(candidate.description))
            #expect(blocks.contains { $0.contains(prefix.address) })
        }
        #expect(Set(RunSubnet.candidates).count == RunSubnet.candidates.count)
    }

    @Test("The host, each node and its pods have addresses of their own in the subnet")
    func places() {
        let subnet = RunSubnet(first: 172, second: 20)
        let place = NodePlace(subnet: subnet, number: 7)
        #expect(subnet.hostAddress(2) == "172.20.0.2")
        #expect(place.address == "172.20.7.1")
        #expect(place.firstPodAddress == "172.20.7.10")
        #expect(place.lastPodAddress == "172.20.7.250")
    }

    @Test("A hardware address is local, for one station, and follows from the address")
    func hardware() {
        #expect(RunSubnet.hardwareAddress(for: "10.77.0.250") == "02:4d:0a:4d:00:fa")
    }

    @Test("Names of interfaces fit into the 15 bytes that the kernel gives them")
    func interfaceNames() {
        let place = NodePlace(subnet: RunSubnet(first: 10, second: 77), number: RunSubnet.numbers.upperBound)
        let node = NodeIdentity(name: "us-east-node-1", run: "0123abcd", place: place, labels: [:])
        #expect(node.cable == "mv0123abcd-250")
        #expect(node.cable.utf8.count <= 15)
    }
}
