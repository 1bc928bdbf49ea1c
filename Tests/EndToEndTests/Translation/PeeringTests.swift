import KubeClient
import KubeModel
import Testbed
import Testing

/// Two clusters that serve each other.
@Suite(.fleet(.peers))
struct PeeringTests {
    /// Their pods ask for a quarter of what each cluster has, so that one that is counted where it does not run shows.
    private func deploy(_ name: String, replicas: Int, in cluster: FleetCluster, namespace: String) async throws {
        let container: JSON = ["name": "main", "image": "web", "resources": ["requests": ["cpu": "500m"]]]
        let spec = Manifest.podSpec(["nodeSelector": ["type": "virtual-kubelet"], "containers": [container]])
        let manifest = Manifest.deployment(name, replicas: Int64(replicas), pod: spec)
        try await cluster.apply(manifest, namespace: namespace)
    }

    private func allocatable(_ cluster: FleetCluster, _ node: String) async throws -> JSON? {
        try await cluster.client.get(.nodes, name: node).at("status", "allocatable")
    }

    @Test(
        "Two clusters that serve each other delegate each pod once, and count no pod and no node twice",
        .rows(83, 99)
    )
    func loops() async throws {
        try await TestSpace.with("peers") { space in
            let (home, peer) = (space.origin, space.fleet.remotes[0])
            try await peer.makeNamespace(space.name)
            try await eventually("both virtual nodes are ready") {
                try await peer.list(.nodes).contains { $0.name == "home" && $0.isReady }
            }
            let before = (try await allocatable(home, "peer"), try await allocatable(peer, "home"))
            #expect(before.0?["cpu"] == "96")
            #expect(before.1?["cpu"] == "96")
            try await deploy("from-home", replicas: 50, in: home, namespace: space.name)
            try await deploy("from-peer", replicas: 50, in: peer, namespace: space.name)
            let all = try await pods(ofEach: 50, in: space)
            try expectOneDelegateEach(of: all.home, in: all.peer, virtualNode: "peer", count: 50)
            try expectOneDelegateEach(of: all.peer, in: all.home, virtualNode: "home", count: 50)
            try await holds("both nodes have what they had", for: .seconds(2)) {
                let after = (try await allocatable(home, "peer"), try await allocatable(peer, "home"))
                return after.0 == before.0 && after.1 == before.1
            }
            try await restarted(all, in: space)
        }
    }

    /// Both martlets are killed and started again: each knows its own delegates from those of the other.
    private func restarted(_ all: (home: [JSON], peer: [JSON]), in space: TestSpace) async throws {
        let martlets = [space.fleet.martlet, try #require(space.fleet.peer)]
        for martlet in martlets { await martlet.kill() }
        for martlet in martlets { try await martlet.start() }
        try await space.kubectl("scale", "deployment/from-home", "--replicas=40")
        try await space.fleet.remotes[0].kubectl("-n", space.name, "scale", "deployment/from-peer", "--replicas=40")
        let left = try await pods(ofEach: 40, in: space)
        try expectOneDelegateEach(of: left.home, in: left.peer, virtualNode: "peer", count: 40)
        try expectOneDelegateEach(of: left.peer, in: left.home, virtualNode: "home", count: 40)
        #expect(Set(left.home.map(\.uid)).isSubset(of: all.home.map(\.uid)))
        #expect(Set(left.peer.map(\.uid)).isSubset(of: all.peer.map(\.uid)))
    }

    /// What both clusters have of pods, and of delegates for the other, once all of them run.
    private func pods(ofEach count: Int, in space: TestSpace) async throws -> (home: [JSON], peer: [JSON]) {
        try await eventually("\(count) pods of each run on both sides", within: .seconds(30)) {
            let home = try await space.origin.pods(in: space.name)
            return (home: home, peer: try await space.fleet.remotes[0].pods(in: space.name))
        } until: { home, peer in
            home.count == 2 * count && peer.count == 2 * count && (home + peer).allSatisfy(\.isReady)
        }
    }

    /// Each pod that is bound to the virtual node has one delegate on the other side, which is on a real node there, and
    /// whose container is the only one that runs for it.
    private func expectOneDelegateEach(
        of pods: [JSON],
        in others: [JSON],
        virtualNode: String,
        count: Int
    ) throws {
        let delegated = pods.filter { $0.nodeName == virtualNode }
        #expect(delegated.count == count)
        #expect(delegated.allSatisfy { $0.podUID == nil }, "a delegate is on a virtual node")
        let delegates = others.filter { $0.podUID != nil }
        #expect(Set(delegates.compactMap(\.podUID)) == Set(delegated.map(\.uid)))
        #expect(delegates.count == count)
        #expect(delegates.allSatisfy { $0.nodeName.hasPrefix("hollow-") })
        for pod in delegated {
            let container = try #require(pod.firstContainer?["containerID"], "\(pod.name) says that it is ready")
            let own = delegates.filter { $0.podUID == pod.uid }
            #expect(own.map { $0.firstContainer?["containerID"] } == [container])
        }
    }

    @Test("A delegate that somebody binds to a virtual node is refused there", .rows(99))
    func forced() async throws {
        try await TestSpace.with("forced") { space in
            var pod = Manifest.pod("web", Manifest.podSpec(["nodeName": "peer"]))
            pod["metadata"]?["labels"] = ["martlet.dev/origin": "another", "martlet.dev/pod-uid": "another"]
            try await space.apply(pod)
            let refused = try await space.pod("web", "is refused") { $0.phase == "Failed" }
            #expect(refused.at("status", "reason")?.string == "NodeAffinity")
        }
    }
}
