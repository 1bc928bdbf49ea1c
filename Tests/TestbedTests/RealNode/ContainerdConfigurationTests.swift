import KubeModel
import Testing

@testable import Testbed

@Suite struct ContainerdConfigurationTests {
    @Test("Pods get addresses of their node's part of the run's subnet, on the node's bridge")
    func podNetwork() throws {
        let place = NodePlace(subnet: RunSubnet(first: 10, second: 77), number: 3)
        let network = ContainerdConfiguration.podNetwork(at: place)
        let bridge = try #require(network["plugins"]?[0])
        let range = try #require(bridge.at("ipam", "ranges")?[0]?[0])
        #expect(bridge["bridge"]?.string == "cni0")
        #expect(range["subnet"]?.string == "10.77.0.0/16")
        #expect(range["rangeStart"]?.string == "10.77.3.10")
        #expect(range["rangeEnd"]?.string == "10.77.3.250")
    }
}
