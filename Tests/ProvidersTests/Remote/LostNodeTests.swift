import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Providers

/// Which nodes of a remote are lost, and whose pods are looked at again then.
@Suite struct LostNodeTests {
    private let fixture = RemoteFixture()

    private static func node(_ name: String = "worker-1", isReady: Bool) throws -> RemoteNode {
        let condition: JSON = ["type": "Ready", "status": isReady ? "True" : "Unknown"]
        return try RemoteNode(
            json: ["kind": "Node", "metadata": ["name": .string(name)], "status": ["conditions": [condition]]]
        )
    }

    private func instance(isTerminating: Bool) throws -> PodInstance {
        var object = RemoteFixture.delegate()
        object["spec"] = ["nodeName": "worker-1"]
        if isTerminating { object["metadata"]?["deletionTimestamp"] = "2026-11-21T06:00:00Z" }
        return try Delegate(json: object).instance
    }

    /// What is known of the node, whether the delegate ends, and whether the node counts as lost.
    @Test(
        arguments: [
            (true, true, false), (true, false, false), (false, true, true), (false, false, true), (nil, true, true),
            (nil, false, false),
        ] as [(Bool?, Bool, Bool)]
    )
    func `A node is lost that is not ready, or gone`(isReady: Bool?, isTerminating: Bool, isLost: Bool) throws {
        let instance = try instance(isTerminating: isTerminating)
        #expect(fixture.provider.lostNode(of: instance) == nil, "the nodes are not known")
        fixture.provider.source.nodes.replace(
            try isReady.map { [try Self.node(isReady: $0)] } ?? [],
            resourceVersion: "1"
        )
        #expect(fixture.provider.lostNode(of: instance) == (isLost ? "worker-1" : nil))
    }

    @Test func `A delegate without a node is on none that is lost`() throws {
        fixture.provider.source.nodes.replace([], resourceVersion: "1")
        #expect(fixture.provider.lostNode(of: try Delegate(json: RemoteFixture.delegate()).instance) == nil)
    }

    @Test func `When a node is lost, or back, the pods on it are looked at again, and no others`() throws {
        let woken = Mutex<[UID]>([])
        fixture.provider.onChange { uid in woken.withLock { $0.append(uid) } }
        for (uid, node) in [("uid-1", "worker-1"), ("uid-2", "worker-2")] {
            var object = RemoteFixture.delegate(of: uid, name: uid)
            object["spec"] = ["nodeName": .string(node)]
            object["metadata"]?["annotations"] = ["martlet.dev/pod": .string("shop/\(uid)")]
            fixture.provider.cache.store.apply(.added, try Delegate(json: object))
        }
        let nodes = fixture.provider.source.nodes
        func told() -> [UID] {
            woken.withLock { uids in
                defer { uids = [] }
                return uids
            }
        }
        _ = told()
        nodes.apply(.added, try Self.node(isReady: true))
        #expect(told() == [])
        nodes.apply(.modified, try Self.node(isReady: false))
        #expect(told() == ["uid-1"])
        nodes.apply(.modified, try Self.node(isReady: true))
        #expect(told() == ["uid-1"])
        nodes.apply(.deleted, try Self.node(isReady: true))
        #expect(told() == ["uid-1"])
        nodes.apply(.added, try Self.node(isReady: false))
        #expect(told() == ["uid-1"])
    }
}
