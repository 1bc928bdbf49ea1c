import KubeModel
import Providers
import Testing

@testable import VirtualNode

@Suite struct NodePlanTests {
    let desired: NodeDescription

    init() throws {
        desired = NodeDescription(settings: settings(), report: try report(), sync: .synced)
    }

    @Test func `A node that is not there is created`() {
        let plan = NodePlan(desired: desired, observed: nil, now: earlier, heartbeatDue: false)
        #expect(plan == .create(desired.object(now: earlier)))
    }

    @Test func `A node that is as it shall be costs no write`() {
        #expect(patch(desired, created(desired))?.isEmpty == true)
    }

    @Test(
        arguments: [
            ("aws:///i-1", nil, true),
            ("aws:///i-1", "us-east", true),
            ("martlet://us-west", "us-east", true),
            (nil, nil, true),
            (nil, "us-west", true),
            (nil, "us-east", false),
            ("martlet://us-east", nil, false),
        ] as [(String?, String?, Bool)]
    )
    func `Only a node with our providerID, or with none and our label, is ours`(
        providerID: String?,
        label: String?,
        refused: Bool
    ) {
        var node = created(desired)
        node["spec"]?["providerID"] = providerID.map { .string($0) }
        node["metadata"]?["labels"]?[NodeKeys.cluster] = label.map { .string($0) }
        let plan = NodePlan(desired: desired, observed: node, now: later, heartbeatDue: false)
        if case .refuse(let reason) = plan {
            #expect(refused)
            #expect(reason.contains("us-east"))
        } else {
            #expect(!refused)
        }
    }

    @Test func `An adopted node without a providerID gets ours`() {
        var node = created(desired)
        node["spec"]?["providerID"] = nil
        #expect(patch(desired, node)?.object?["spec"] == ["providerID": "martlet://us-east"])
    }

    /// What stands, what is wanted, what the origin has dropped, whether a heartbeat is due, and what is sent.
    @Test(
        arguments: [
            (nil, ["A"], nil, false, ["A"]), (["A"], ["A"], nil, true, nil),
            (["A"], ["A", "B"], nil, false, ["A", "B"]),
            (["A"], [], nil, false, []), (["A"], nil, nil, true, nil), (nil, nil, nil, true, nil),
            (nil, [], nil, true, nil), (nil, ["A"], ["A"], false, nil), (nil, ["A"], ["A"], true, ["A"]),
            (nil, ["A", "B"], ["A"], false, ["A", "B"]),
        ] as [(JSON?, [String]?, [String]?, Bool, JSON?)]
    )
    func `Declared features are told, but not again and again to an origin that drops them`(
        standing: JSON?,
        wanted: [String]?,
        dropped: [String]?,
        heartbeatDue: Bool,
        sent: JSON?
    ) throws {
        var found = try report()
        found.declaredFeatures = wanted
        let desired = NodeDescription(settings: settings(), report: found, sync: .synced)
        var node = created(desired)
        node["status"]?["declaredFeatures"] = standing
        let patch = patch(desired, node, heartbeatDue: heartbeatDue, dropped: dropped)
        #expect(patch?.status?.at("status", "declaredFeatures") == sent)
        #expect((patch?.status == nil) == (sent == nil && !heartbeatDue))
    }

    @Test func `A new node declares its features`() throws {
        var found = try report()
        found.declaredFeatures = ["A"]
        let desired = NodeDescription(settings: settings(), report: found, sync: .synced)
        #expect(created(desired).at("status", "declaredFeatures") == ["A"])
    }

    @Test func `A label that was changed or removed by somebody is put back and theirs stay`() {
        var node = created(desired)
        node["metadata"]?["labels"]?["team"] = "red"
        node["metadata"]?["labels"]?["type"] = nil
        node["metadata"]?["labels"]?["beta.kubernetes.io/os"] = "linux"
        #expect(
            patch(desired, node)?.object == [
                "metadata": ["uid": "uid-1", "labels": ["team": "blue", "type": "virtual-kubelet"]]
            ]
        )
    }

    @Test func `Labels and annotations that left the configuration leave the node and others stay`() throws {
        var node = created(desired)
        node["metadata"]?["labels"]?["theirs"] = "x"
        node["metadata"]?["annotations"]?["node.alpha.kubernetes.io/ttl"] = "0"
        let bare = NodeSettings(name: "us-east", address: "10.0.0.7", kubeletPort: 10251)
        let patch = patch(NodeDescription(settings: bare, report: try report(), sync: .synced), node)
        #expect(
            patch?.object == [
                "metadata": [
                    "uid": "uid-1",
                    "labels": [
                        "team": .null, "topology.kubernetes.io/region": .null, "topology.kubernetes.io/zone": .null,
                    ],
                    "annotations": [
                        "contact": .null, "martlet.dev/managed-labels": "", "martlet.dev/managed-annotations": "",
                    ],
                ]
            ]
        )
    }

    @Test func `What the cluster's system is stays on the node while the cluster is unreachable after a restart`()
        throws
    {
        let unreached = NodeReport(health: .notReady(reason: "RemoteUnreachable", message: "refused"))
        let restarted = NodeDescription(settings: settings(), report: unreached, sync: .starting)
        let patch = patch(restarted, created(desired))
        #expect(patch?.object == nil)
        #expect(patch?.status?["status"]?.object?.keys == ["conditions"])
    }

    @Test func `Taints of the configuration join those of others, guarded by the version`() throws {
        var node = created(desired)
        let cordon: JSON = ["key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": "t"]
        node["spec"]?["taints"] = [cordon]
        let tainted = NodeDescription(
            settings: settings(taints: [Taint(key: "remote", effect: "NoExecute")]),
            report: try report(),
            sync: .synced
        )
        let patch = patch(tainted, node)
        #expect(patch?.object?.at("spec", "taints") == [cordon, ["key": "remote", "effect": "NoExecute"]])
        #expect(patch?.object?.at("metadata", "resourceVersion") == "41")
        #expect(patch?.object?.at("metadata", "annotations", NodeKeys.managedTaints) == "remote:NoExecute")
    }

    @Test func `While pods find no node the scheduler is asked to prefer others, beside all other taints`() throws {
        func description(_ taints: [Taint], lacksPlace: Bool) throws -> NodeDescription {
            NodeDescription(
                settings: settings(taints: taints),
                report: try report(),
                sync: .synced,
                kubelet: .listening(port: 10251),
                lacksPlace: lacksPlace
            )
        }
        let own = Taint(key: "remote", effect: "NoExecute")
        let theirs: JSON = ["key": "theirs", "effect": "NoSchedule"]
        var node = created(try description([own], lacksPlace: false))
        node["spec"]?["taints"] = [["key": "remote", "effect": "NoExecute"], theirs]
        let change = try #require(patch(try description([own], lacksPlace: true), node)?.object)
        let taint: JSON = ["key": "martlet.dev/unplaced", "effect": "PreferNoSchedule"]
        #expect(change.at("spec", "taints") == [theirs, ["key": "remote", "effect": "NoExecute"], taint])
        node["spec"]?["taints"] = change.at("spec", "taints")
        node["metadata"]?["annotations"]?[NodeKeys.managedTaints] =
            change.at("metadata", "annotations", NodeKeys.managedTaints)
        #expect(NodeDescription.saysUnplaced(node))
        let after = patch(try description([own], lacksPlace: false), node)?.object
        #expect(after?.at("spec", "taints") == [theirs, ["key": "remote", "effect": "NoExecute"]])
        let same = Taint(key: "martlet.dev/unplaced", effect: "PreferNoSchedule")
        let configured = try description([same], lacksPlace: true)
        #expect(configured.taints.count == 1, "API servers refuse two of a key and an effect")
    }

    @Test func `A taint that left the configuration goes and the same key with another effect stays`() throws {
        let tainted = NodeDescription(
            settings: settings(taints: [Taint(key: "remote", value: "yes", effect: "NoSchedule")]),
            report: try report(),
            sync: .synced
        )
        var node = created(tainted)
        let theirs: JSON = ["key": "remote", "effect": "NoExecute"]
        node["spec"]?["taints"] = .array(tainted.taints.map(\.json) + [theirs])
        #expect(patch(tainted, node)?.isEmpty == true)
        #expect(patch(desired, node)?.object?.at("spec", "taints") == [theirs])
    }
}
