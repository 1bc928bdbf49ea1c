import KubeModel
import Providers
import Testing

@Suite struct NodeSlotsTests {
    private func node(_ cpu: String, _ memory: String, pods: String = "110") throws -> ResourceList {
        ["cpu": try Quantity(cpu), "memory": try Quantity(memory), "pods": try Quantity(pods)]
    }

    private func counts(_ free: [ResourceList]) -> [Int64] { NodeSlots(free: free).counts.map(\.pods) }

    @Test func `What is free in pieces is no place for a pod that is larger than each of them`() throws {
        // Row 33 of the capabilities: the sum is 7500m, and no pod of two cores fits.
        let fragments = [ResourceList](repeating: try node("1500m", "8Gi"), count: 5)
        #expect(counts(fragments) == [5 * 15, 5 * 3, 0, 0])
        #expect(NodeSlots(free: fragments).largest["cpu"] == (try Quantity("1500m")))
    }

    @Test(
        arguments: [
            ("4", "1Gi", "110", [8, 2, 0, 0]), ("4", "64Gi", "3", [3, 3, 2, 0]),
            ("64", "1Ti", "110", [110, 110, 32, 8]),
            ("0", "1Gi", "110", [0, 0, 0, 0]), ("4", "1Gi", "0", [0, 0, 0, 0]),
        ] as [(String, String, String, [Int64])]
    )
    func `What is scarcest decides`(cpu: String, memory: String, pods: String, expected: [Int64]) throws {
        #expect(counts([try node(cpu, memory, pods: pods)]) == expected)
    }

    @Test func `Nodes that claim to be endless have an endless number of places together`() throws {
        let endless = try node("1e20", "1e28", pods: "1e19")
        #expect(counts([endless, endless]).prefix(2) == [.max, .max])
    }

    @Test func `The largest place is that of one node, with all that is free there`() throws {
        var gpu = try node("4", "8Gi")
        gpu["nvidia.com/gpu"] = try Quantity("2")
        let slots = NodeSlots(free: [try node("2", "64Gi"), try node("4", "4Gi"), gpu])
        #expect(slots.largest == gpu)
        #expect(NodeSlots(free: []).largest.isEmpty)
        #expect(counts([]) == [0, 0, 0, 0])
    }

    @Test func `Of nodes with as much CPU and memory the same one is the largest in whatever order they come`() throws {
        var (full, empty) = (try node("4", "8Gi", pods: "108"), try node("4", "8Gi"))
        full["example.com/disk"] = try Quantity("1")
        #expect(NodeSlots(free: [full, empty]).largest == full)
        #expect(NodeSlots(free: [empty, full]).largest == full)
        full["example.com/disk"] = nil
        #expect(NodeSlots(free: [full, empty]).largest == empty)
        #expect(NodeSlots(free: [empty, full]).largest == empty)
        empty["pods"] = full["pods"]
        #expect(NodeSlots(free: [full, empty]).largest == full)
    }
}
