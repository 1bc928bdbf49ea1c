import KubeClient
import KubeModel
import Testbed
import Testing
import Transport

extension ClusterTests {
    @Test(
        "Three virtual nodes stand for the zones of one remote: each with its nodes' room, all on one connection",
        .rows(111),
        .timeLimit(.minutes(5))
    )
    func zones() async throws {
        try await TestSpace.with("zones") { space in
            let (fleet, remote) = (space.fleet, space.fleet.remote("us-west"))
            let file = try ConfigurationOnDisk(of: fleet)
            let pools = NodePools(workers: try await remote.list(.nodes).map(\.name).sorted())
            for (worker, zone) in zip(pools.workers, pools.zones) {
                try await remote.kubectl("label", "node", worker, "--overwrite", "\(NodePools.zoneLabel)=\(zone)")
            }
            try await fleet.nodesReady()
            let before = try await eventually("the remote's watches are at rest") {
                let first = try await remote.openWatches()
                try await Task.sleep(for: .seconds(5))
                return (first, try await remote.openWatches())
            } until: {
                $0 == $1
            }.0
            #expect(before > 7)
            try await file.with { clusters in
                clusters[1]["zone"] = nil
                clusters[1]["nodes"] = pools.configuration
            } during: {
                try await fleet.nodesReady(pools.names)
                for (name, zone) in zip(pools.names, pools.zones) {
                    let node = try await eventually("\(name) has its zone and the room of one node") {
                        try await fleet.node(name)
                    } until: {
                        $0.label(NodePools.zoneLabel) == zone && $0.at("status", "allocatable", "cpu") == "32"
                    }
                    #expect(node.label("martlet.dev/cluster") == "us-west")
                    #expect(node.label("topology.kubernetes.io/region") == "us")
                    #expect(node.condition("martlet.dev/NodesOverlap") == nil)
                }
                let table = try await space.origin.kubectl("get", "nodes", "-L", NodePools.zoneLabel, "--no-headers")
                #expect(pools.zones.allSatisfy { zone in table.split(separator: "\n").contains { $0.hasSuffix(zone) } })
                try await eventually("the remote has no more watches than for one node", within: .seconds(15)) {
                    try await remote.openWatches()
                } until: {
                    $0 <= before
                }
                let delegates = try await apart(in: space, pools)
                try await outage(of: remote, pools)
                try await restart(pools)
                #expect(Set(try await remote.pods(in: space.name).map(\.uid)) == delegates)
                try await leaving(in: space, file, pools)
            }
            try await fleet.nodesReady()
            let further = pools.names.dropFirst()
            for name in further { try await fleet.isServedNoLonger(name) }
            for name in further { try await space.origin.kubectl("delete", "node", name) }
            try await remote.kubectl("-n", space.name, "delete", "pods", "--all", "--wait=false")
            try await remote.kubectl(["label", "node"] + pools.workers + ["\(NodePools.zoneLabel)-"])
        }
    }

    /// Replicas that must not share a host run one in each zone, as on three machines. Returns their delegates.
    private func apart(in space: TestSpace, _ pools: NodePools) async throws -> Set<UID> {
        let remote = space.fleet.remote("us-west")
        let term: JSON = [
            "topologyKey": "kubernetes.io/hostname", "labelSelector": ["matchLabels": ["app": "web"]],
        ]
        let pod = Manifest.podSpec([
            "nodeSelector": ["martlet.dev/cluster": "us-west"],
            "affinity": ["podAntiAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": [term]]],
        ])
        try await space.apply(Manifest.deployment(replicas: 3, pod: pod))
        let pods = try await eventually("three pods run, each on its own node", within: .seconds(15)) {
            try await space.origin.pods(in: space.name)
        } until: {
            $0.count == 3 && $0.allSatisfy(\.isReady) && Set($0.map(\.nodeName)) == Set(pools.names)
        }
        let delegates = try await remote.pods(in: space.name)
        #expect(delegates.count == 3)
        for pod in pods {
            let delegate = delegates.first { $0.podUID == pod.uid }
            #expect(delegate?.nodeName == pools.worker(of: pod.nodeName), "each runs in the zone of its node")
        }
        return Set(delegates.map(\.uid))
    }

    /// What happens to the connection shows on all of its nodes, and is over on all of them.
    private func outage(of remote: FleetCluster, _ pools: NodePools) async throws {
        try await Fleet.current.repaired {
            try await remote.relay.set(.cut)
            try await eventually("all nodes of the remote say that it can't be reached", within: .seconds(40)) {
                var reasons: Set<String> = []
                for name in pools.names {
                    reasons.insert(try await Fleet.current.node(name).condition("Ready")?["reason"]?.string ?? "")
                }
                return reasons == ["RemoteUnreachable"]
            }
        }
        try await Fleet.current.nodesReady(pools.names)
    }

    /// Kills martlet and waits until a new one has the pods of all the nodes in view: they stay Ready meanwhile.
    private func restart(_ pools: NodePools) async throws {
        let martlet = Fleet.current.martlet
        let told = martlet.logText().count
        await martlet.kill()
        try await martlet.start()
        for name in pools.names {
            try await eventually("\(name) is served again", within: .seconds(15)) {
                martlet.logText().dropFirst(told).split(separator: "\n").contains {
                    $0.contains("Pods are in view") && $0.contains("node=\"\(name)\"")
                }
            }
        }
        try await Fleet.current.nodesReady(pools.names)
    }

    /// Delegates of a node that is no longer in the configuration are left alone.
    private func leaving(in space: TestSpace, _ file: ConfigurationOnDisk, _ pools: NodePools) async throws {
        let remote = space.fleet.remote("us-west")
        let before = try await remote.pods(in: space.name)
        let told = space.fleet.martlet.logText().count
        try await file.with { clusters in
            clusters[1]["zone"] = nil
            clusters[1]["nodes"] = .array(Array((pools.configuration.array ?? []).prefix(2)))
        } during: {
            try await eventually("the cluster is served anew") {
                space.fleet.martlet.logText().dropFirst(told).contains("No longer serving the cluster")
            }
            try await space.fleet.nodesReady(Array(pools.names.prefix(2)))
            try await holds("what ran goes on", for: .seconds(3)) {
                Set(try await remote.pods(in: space.name).filter { !$0.isTerminating }.map(\.uid))
                    == Set(before.map(\.uid))
            }
        }
    }
}

/// The zones of us-west as virtual nodes of their own; the first has the name that the whole had before.
private struct NodePools {
    static let zoneLabel = "topology.kubernetes.io/zone"

    let workers: [String]
    let names = ["us-west", "us-west-b", "us-west-c"]
    let zones = ["zone-1", "zone-2", "zone-3"]

    var configuration: JSON {
        .array(
            zip(names, zones).map { name, zone in
                ["name": .string(name), "nodeSelector": [Self.zoneLabel: .string(zone)]]
            }
        )
    }

    func worker(of node: String) -> String? { names.firstIndex(of: node).map { workers[$0] } }
}

extension Fleet {
    /// Waits until nobody serves a node any more, or would make it again.
    func isServedNoLonger(_ node: String) async throws {
        try await eventually("nobody serves \(node) any more") {
            try await origin.find(.leases, node, in: "kube-node-lease")?.at("spec", "holderIdentity") == nil
        }
    }
}

extension FleetCluster {
    /// How many watches the API server has open, all clients together. The name of the metric changed with 1.23.
    fileprivate func openWatches() async throws -> Int {
        let page = try await client.raw(path: "/metrics").body
        let lines = String(decoding: page, as: UTF8.self).split(separator: "\n").filter {
            ($0.hasPrefix("apiserver_longrunning_gauge{") || $0.hasPrefix("apiserver_longrunning_requests{"))
                && $0.contains("verb=\"WATCH\"")
        }
        return lines.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    }
}
