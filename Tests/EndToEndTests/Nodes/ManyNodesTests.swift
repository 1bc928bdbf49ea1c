import KubeClient
import KubeModel
import Testbed
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

    @Test("Each line of a log in JSON is an object with its time, level, place and words")
    func jsonLog() throws {
        let whole = Fleet.current.martlet.logText().split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        let records = try whole.map { try JSON.parse(String($0)) }
        for record in records {
            #expect(record["ts"]?.double != nil, "\(record.text)")
            for key in ["level", "logger", "msg", "caller"] { #expect(record[key]?.string != nil, "\(record.text)") }
        }
        let served = records.filter { $0["msg"] == "Serving the cluster" }.compactMap { $0["cluster"]?.string }
        #expect(Set(served) == Set(Fleet.current.remotes.map(\.name)))
    }

    /// Each of the three leaves something out that the other two would let through.
    @Test("Region In, cluster NotIn and spread in one Deployment are all obeyed", .rows(14, 19))
    func combined() async throws {
        try await TestSpace.with("combined") { space in
            var pod = Manifest.podSpec(
                Manifest.affinity([
                    Manifest.expression("topology.kubernetes.io/region", "In", ["eu"]),
                    Manifest.expression("kubernetes.io/hostname", "NotIn", ["member-3"]),
                ])
            )
            // Without the constraint they would all go there.
            pod["affinity"]?["nodeAffinity"]?["preferredDuringSchedulingIgnoredDuringExecution"] = [
                [
                    "weight": 100,
                    "preference": [
                        "matchExpressions": [Manifest.expression("kubernetes.io/hostname", "In", ["member-4"])]
                    ],
                ]
            ]
            pod["topologySpreadConstraints"] = [
                [
                    "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": ["matchLabels": ["app": "web"]],
                ]
            ]
            try await space.apply(Manifest.deployment(replicas: 20, pod: pod))
            #expect(try await space.running(20).counts == ["member-4": 10, "member-5": 10])
        }
    }
}
