import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension DelegationTests {
    /// What the origin shows of a cluster.
    @Suite struct NodeTests {}
}

extension DelegationTests.NodeTests {
    @Test("The region label selects the clusters of a region", .rows(1))
    func region() async throws {
        #expect(try await Fleet.current.nodes(ofRegion: "us") == ["node/us-east", "node/us-west"])
        #expect(try await Fleet.current.nodes(ofRegion: "eu") == ["node/eu-central"])
    }

    @Test("kubectl get nodes shows one ready agent per cluster with the cluster's version", .rows(90, 94))
    func columns() async throws {
        let fleet = Fleet.current
        let lines = try await fleet.origin.kubectl("get", "nodes", "--no-headers").split(separator: "\n")
        let rows = lines.map { $0.split(separator: " ").map(String.init) }
        #expect(rows.map { $0[0] }.sorted() == ["eu-central", "us-east", "us-west"])
        for row in rows {
            let version = try await fleet.remote(row[0]).client.version().gitVersion
            #expect(Array(row[1...2]) == ["Ready", "agent"])
            #expect(row[4] == version)
        }
    }

    @Test("A node has the labels, provider, address and port of its cluster, and no pressure", .rows(1))
    func identity() async throws {
        let node = try await Fleet.current.node("us-east")
        let worker = try #require(try await Fleet.current.remote("us-east").list(.nodes).first)
        let architecture = try #require(worker.at("status", "nodeInfo", "architecture")?.string)
        let labels = [
            "kubernetes.io/hostname": "us-east", "topology.kubernetes.io/region": "us",
            "topology.kubernetes.io/zone": "us-east-a", "kubernetes.io/os": "linux", "kubernetes.io/arch": architecture,
            "type": "virtual-kubelet", "kubernetes.io/role": "agent", "martlet.dev/cluster": "us-east",
        ]
        for (key, value) in labels {
            #expect(node.label(key) == value, "\(key)")
        }
        #expect(node.at("spec", "providerID")?.string == "martlet://us-east")
        let written = try JSON.parse(Array(Data(contentsOf: URL(fileURLWithPath: Fleet.current.configuration))))
        let address = try #require(written.at("node", "address"))
        let addresses = node.at("status", "addresses")?.array ?? []
        #expect(addresses.contains(["type": "InternalIP", "address": address]))
        #expect(node.at("status", "daemonEndpoints", "kubeletEndpoint", "Port")?.int == 10250)
        #expect(node.at("spec", "taints") == nil)
        // Route controllers of clouds would otherwise keep pods off it.
        for type in ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"] {
            #expect(node.condition(type)?["status"] == "False", "\(type)")
        }
        #expect(try await Fleet.current.node("eu-central").label("topology.kubernetes.io/zone") == "eu-central")
    }

    @Test("A node's capacity is the sum over its cluster's nodes", .rows(94))
    func capacity() async throws {
        let node = try await Fleet.current.node("us-west")
        #expect(node.at("status", "capacity", "cpu")?.string == "96")
        #expect(node.at("status", "capacity", "pods")?.string == "330")
        #expect(node.at("status", "capacity", "memory")?.string == "768Gi")
    }

    @Test("The node's lease is renewed every ten seconds", .timeLimit(.minutes(2)))
    func lease() async throws {
        let origin = Fleet.current.origin
        let first = try await origin.client.get(.leases, namespace: "kube-node-lease", name: "us-west")
        #expect(first.at("spec", "holderIdentity")?.string == "us-west")
        #expect(first.at("spec", "leaseDurationSeconds")?.int == 40)
        let owner = first.at("metadata", "ownerReferences")?[0]?["uid"]?.string
        #expect(owner == (try await Fleet.current.node("us-west")).uid)
        var times = [first.at("spec", "renewTime")?.string ?? ""]
        for _ in 0..<2 {
            try await eventually("the lease is renewed", within: .seconds(10)) {
                try await origin.client.get(.leases, namespace: "kube-node-lease", name: "us-west")
                    .at("spec", "renewTime")?.string ?? ""
            } until: {
                guard $0 != times.last else { return false }
                times.append($0)
                return true
            }
        }
        let (second, third) = (try #require(Timestamp.parse(times[1])), try #require(Timestamp.parse(times[2])))
        // Later where the machine is slow, but never often.
        #expect((8...30).contains(third - second), "\(times)")
    }

    @Test("martlet runs no other program", .rows(20))
    func noSubprocess() async throws {
        try await TestSpace.with("process") { space in
            let process = try #require(await space.fleet.martlet.processID)
            try await space.apply(Manifest.deployment(replicas: 3))
            try await space.running(3)
            #expect(try ProcessTable.children(of: process).isEmpty)
            #expect(ProcessTable.pagesOfEndedChildren(of: process) == 0)
        }
    }
}
