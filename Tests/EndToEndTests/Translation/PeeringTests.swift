import KubeClient
import KubeModel
import Testing

/// Two clusters that serve each other.
@Suite(.fleet(.peers))
struct PeeringTests {
    private static let count = 50

    private func deploy(_ name: String, in cluster: FleetCluster, namespace: String) async throws {
        let spec = Manifest.podSpec(["nodeSelector": ["type": "virtual-kubelet"]])
        let manifest = Manifest.deployment(name, replicas: Int64(Self.count), pod: spec)
        try await cluster.apply(manifest, namespace: namespace)
    }

    private func allocatable(_ cluster: FleetCluster, _ node: String) async throws -> JSON? {
        try await cluster.client.get(.nodes, name: node).at("status", "allocatable")
    }

    @Test("Two clusters that serve each other delegate each pod once, and count no pod and no node twice", .rows(99))
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
            try await deploy("from-home", in: home, namespace: space.name)
            try await deploy("from-peer", in: peer, namespace: space.name)
            let (atHome, atPeer) = try await eventually("all pods run on both sides", within: .seconds(30)) {
                (try await home.pods(in: space.name), try await peer.pods(in: space.name))
            } until: { home, peer in
                home.count == 2 * Self.count && peer.count == 2 * Self.count && (home + peer).allSatisfy(\.isReady)
            }
            expectOneDelegateEach(of: atHome, in: atPeer, virtualNode: "peer")
            expectOneDelegateEach(of: atPeer, in: atHome, virtualNode: "home")
            let after = (try await allocatable(home, "peer"), try await allocatable(peer, "home"))
            #expect(after.0 == before.0)
            #expect(after.1 == before.1)
        }
    }

    /// Each pod that is bound to the virtual node has one delegate on the other side, which is on a real node there.
    private func expectOneDelegateEach(of pods: [JSON], in others: [JSON], virtualNode: String) {
        let delegated = pods.filter { $0.nodeName == virtualNode }
        #expect(delegated.count == Self.count)
        #expect(delegated.allSatisfy { $0.podUID == nil }, "a delegate is on a virtual node")
        let delegates = others.filter { $0.podUID != nil }
        #expect(Set(delegates.compactMap(\.podUID)) == Set(delegated.map(\.uid)))
        #expect(delegates.count == Self.count)
        #expect(delegates.allSatisfy { $0.nodeName.hasPrefix("hollow-") })
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
