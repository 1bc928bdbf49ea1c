import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Providers

/// Which of a remote's nodes a virtual node stands for, where several share it.
@Suite struct NodeShareTests {
    private static func node(_ name: String, _ labels: JSON, cpu: String = "4") throws -> RemoteNode {
        try RemoteNode(json: [
            "metadata": ["name": .string(name), "uid": .string(name), "resourceVersion": "1", "labels": labels],
            "status": [
                "capacity": ["cpu": .string(cpu)], "allocatable": ["cpu": .string(cpu)],
                "conditions": [["type": "Ready", "status": "True"]],
            ],
        ])
    }

    private static func settings(_ selector: [String: String]) -> TranslationSettings {
        var settings = TranslationSettings()
        settings.nodeSelector = selector
        return settings
    }

    private func connection(_ members: [(String, [String: String])]) -> RemoteConnection {
        let remote = ScriptedCluster("us-east")
        return RemoteConnection(
            name: "us-east",
            client: remote.client(),
            originID: "origin-1",
            members: members.map { RemoteConnection.Member(nodeName: $0.0, settings: Self.settings($0.1)) },
            logger: remote.logger,
            metrics: remote.metrics
        )
    }

    private func source(of name: String, on connection: RemoteConnection) -> RemoteNodeSource {
        RemoteNodeSource(
            cluster: "us-east",
            nodeName: name,
            share: connection.share(of: name),
            health: connection.health,
            nodes: connection.nodes,
            foreignPods: connection.foreignPods,
            delegates: connection.delegates
        )
    }

    private func delegate(of node: String, on worker: String, cpu: String, uid: UID = "uid-1") throws -> Delegate {
        var json = RemoteFixture.delegate(of: uid, node: node, name: "web-\(uid)")
        json["spec"] = [
            "nodeName": .string(worker),
            "containers": [["name": "main", "resources": ["requests": ["cpu": .string(cpu)]]]],
        ]
        return try Delegate(json: json)
    }

    @Test func `Each has the sum and the labels of its own nodes, and the health of the connection`() throws {
        let connection = connection([("east-a", ["zone": "a"]), ("east-b", ["zone": "b"])])
        let (a, b) = (source(of: "east-a", on: connection), source(of: "east-b", on: connection))
        let zone = "topology.kubernetes.io/zone"
        connection.nodes.replace(
            [
                try Self.node("1", ["zone": "a", zone: "a"]),
                try Self.node("2", ["zone": "b", zone: "b"], cpu: "8"),
                try Self.node("3", ["zone": "b", zone: "b"], cpu: "8"), try Self.node("4", [:]),
            ],
            resourceVersion: "1"
        )
        connection.foreignPods.replace([], resourceVersion: "1")
        #expect(a.report.capacity["cpu"] == (try Quantity("4")))
        #expect(b.report.capacity["cpu"] == (try Quantity("16")))
        #expect(a.report.sharedLabels == [zone: "a"])
        #expect(b.report.sharedLabels == [zone: "b"])
        #expect(!a.isReachable && !b.isReachable)
        _ = connection.health.answered(version: "v1.31.2", took: .milliseconds(1), wait: .milliseconds(1))
        #expect([a, b].map(\.report.health) == [.ready, .ready])
        #expect([a, b].allSatisfy { $0.report.overlap == nil })
        a.expect(clusterID: "first")
        connection.health.identified("second")
        #expect(!a.isReachable && b.isReachable, "each node of the origin says which cluster it was")
    }

    @Test func `A node that several could have counts for the first, and the others tell it`() throws {
        let connection = connection([("gpu", ["gpu": "yes"]), ("zone-a", ["zone": "a"]), ("rest", [:])])
        let sources = ["gpu", "zone-a", "rest"].map { source(of: $0, on: connection) }
        connection.nodes.replace(
            [
                try Self.node("1", ["zone": "a"]), try Self.node("2", ["zone": "a", "gpu": "yes"]),
                try Self.node("3", [:]),
            ],
            resourceVersion: "1"
        )
        let four = try Quantity("4")
        #expect(sources.map { $0.report.capacity["cpu"] } == [four, four, four])
        #expect(sources[0].report.overlap == nil)
        #expect(sources[1].report.overlap?.contains("2 (of gpu)") == true)
        #expect(sources[2].report.overlap?.contains("2 (of gpu); 1 (of zone-a)") == true)
    }

    @Test func `A delegate of another virtual node takes room where it runs`() throws {
        let connection = connection([("gpu", ["gpu": "yes"]), ("zone-a", ["zone": "a"])])
        let (gpu, zone) = (source(of: "gpu", on: connection), source(of: "zone-a", on: connection))
        connection.nodes.replace(
            [try Self.node("1", ["zone": "a"]), try Self.node("2", ["zone": "a", "gpu": "yes"])],
            resourceVersion: "1"
        )
        connection.foreignPods.replace([], resourceVersion: "1")
        connection.delegates.replace([], resourceVersion: "1")
        #expect(gpu.report.allocatable["cpu"] == (try Quantity("4")))
        connection.delegates.apply(.added, try delegate(of: "zone-a", on: "2", cpu: "1"))
        connection.delegates.apply(.added, try delegate(of: "gpu", on: "2", cpu: "2", uid: "uid-2"))
        #expect(gpu.report.allocatable["cpu"] == (try Quantity("3")), "its own are the scheduler's to subtract")
        #expect(zone.report.allocatable["cpu"] == (try Quantity("4")))
    }

    /// The virtual nodes of a connection, and how their delegates are selected.
    @Test(
        arguments: [
            (["a"], "martlet.dev/origin=origin-1,martlet.dev/node=a"),
            (["a", "b"], "martlet.dev/origin=origin-1,martlet.dev/node in (a,b)"),
        ] as [([String], String)]
    )
    func `Delegates of all of them are selected, and what is of none of them`(names: [String], selector: String) throws
    {
        let owners = DelegateOwners(originID: "origin-1", nodeNames: names)
        #expect(owners.labelSelector == selector)
        let foreign = try LabelSelector(parsing: owners.foreignSelector)
        for name in ["a", "b", "c"] {
            let labels = DelegateIdentity(originID: "origin-1", nodeName: name).labels(podUID: "uid-1")
            #expect(try LabelSelector(parsing: owners.labelSelector).matches(labels) == names.contains(name))
            #expect(foreign.matches(labels) != names.contains(name))
        }
        #expect(foreign.matches([:]))
    }
}
