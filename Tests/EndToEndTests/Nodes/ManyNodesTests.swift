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
        let nodes = try await fleet.origin.list(.nodes)
        #expect(nodes.map(\.name).sorted() == fleet.remotes.map(\.name).sorted())
        for node in nodes {
            for field in ["capacity", "allocatable"] {
                let resources = ResourceList(json: node.at("status", field))
                #expect(resources["cpu"] == Quantity(units: 100 * 32), "\(node.name) \(field)")
                #expect(resources["memory"] == (try Quantity("25600Gi")), "\(node.name) \(field)")
                #expect(resources["pods"] == Quantity(units: 100 * 110), "\(node.name) \(field)")
            }
        }
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
