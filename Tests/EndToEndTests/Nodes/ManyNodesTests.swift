import KubeClient
import KubeModel
import Testing

/// Clusters of many nodes, as many clusters as the capability table asks for.
@Suite(.fleet(.fiveOfAHundred), .serialized)
struct ManyNodesTests {
    @Test("Five clusters of a hundred nodes are five nodes, each as large as its cluster", .rows(94))
    func nodes() async throws {
        let fleet = Fleet.current
        for remote in fleet.remotes {
            #expect(try await remote.list(.nodes).count == 100)
        }
        let whole = ResourceList(json: ["cpu": "3200", "memory": "25600Gi", "pods": "11000"])
        // One of five hundred nodes whose heartbeat is late is left out for a moment.
        let nodes = try await eventually("each node is as large as a hundred", within: .seconds(20)) {
            try await fleet.origin.list(.nodes)
        } until: { nodes in
            nodes.allSatisfy { node in
                ["capacity", "allocatable"].allSatisfy { field in
                    let resources = ResourceList(json: node.at("status", field))
                    return ["cpu", "memory", "pods"].allSatisfy { resources[$0] == whole[$0] }
                }
            }
        }
        #expect(nodes.map(\.name).sorted() == fleet.remotes.map(\.name).sorted())
    }

    @Test("Ten replicas without constraints spread over five clusters of one size evenly", .rows(96))
    func spread() async throws {
        try await TestSpace.with("spread") { space in
            try await space.apply(Manifest.deployment(replicas: 10))
            let counts = try await space.running(10).counts
            #expect(counts.count == 5, "\(counts)")
            let (least, most) = (counts.values.min() ?? 0, counts.values.max() ?? 0)
            #expect(most - least <= 1, "\(counts)")
        }
    }
}
