import KubeModel
import Testing

@testable import Providers

@Suite struct CapacitySumTests {
    private func node(
        _ name: String,
        cpu: String = "4",
        ready: String = "True",
        spec: JSON = [:],
        labels: JSON = [:],
        extra: (String, String)? = nil,
        architecture: String = "arm64",
        features: [JSON] = []
    ) throws -> RemoteNode {
        var resources: JSON = ["cpu": .string(cpu), "memory": "8Gi", "pods": "110"]
        if let extra { resources[extra.0] = .string(extra.1) }
        return try RemoteNode(json: [
            "metadata": ["name": .string(name), "uid": .string(name), "labels": labels],
            "spec": spec,
            "status": [
                "capacity": resources, "allocatable": resources,
                "conditions": [["type": "Ready", "status": .string(ready)]],
                "nodeInfo": ["operatingSystem": "linux", "architecture": .string(architecture)],
                "declaredFeatures": .array(features),
            ],
        ])
    }

    private func foreign(_ node: String, cpu: String) throws -> ForeignPod {
        try ForeignPod(json: [
            "metadata": ["name": "p", "namespace": "n", "uid": "u"],
            "spec": [
                "nodeName": .string(node),
                "containers": [["name": "c", "resources": ["requests": ["cpu": .string(cpu)]]]],
            ],
        ])
    }

    @Test func `Allocatable is the sum less what foreign pods asked for`() throws {
        let (capacity, allocatable) = CapacitySum.total(
            nodes: [try node("a"), try node("b", cpu: "2500m", extra: ("example.com/gpu", "2"))],
            foreign: [try foreign("a", cpu: "1500m"), try foreign("b", cpu: "500m")]
        )
        #expect(capacity["cpu"] == (try Quantity("6500m")))
        #expect(allocatable["cpu"] == (try Quantity("4500m")))
        #expect(allocatable["pods"] == (try Quantity("218")))
        #expect(allocatable["example.com/gpu"] == (try Quantity("2")))
    }

    @Test(
        arguments: [
            ("cordoned", "True", ["unschedulable": true], [:]),
            ("not ready", "False", [:], [:]),
            ("unknown", "Unknown", [:], [:]),
            ("tainted", "True", ["taints": [["key": "k", "effect": "NoSchedule"]]], [:]),
            ("virtual", "True", [:], ["type": "virtual-kubelet"]),
        ] as [(String, String, JSON, JSON)]
    )
    func `A node that can take no delegate counts for nothing`(
        what: String,
        ready: String,
        spec: JSON,
        labels: JSON
    ) throws {
        let (capacity, allocatable) = CapacitySum.total(
            nodes: [try node("a"), try node("b", ready: ready, spec: spec, labels: labels)],
            foreign: [try foreign("b", cpu: "3")]
        )
        #expect(capacity["cpu"] == (try Quantity("4")), "\(what)")
        #expect(allocatable["cpu"] == (try Quantity("4")), "\(what)")
    }

    @Test(
        arguments: [
            ([:], [["key": "pool", "operator": "Equal", "value": "burst", "effect": "NoSchedule"]], "8"),
            ([:], [["key": "pool", "operator": "Exists"]], "8"),
            ([:], [["operator": "Exists"]], "8"),
            ([:], [["key": "pool", "value": "other"]], "4"),
            ([:], [["key": "pool", "operator": "Exists", "effect": "NoExecute"]], "4"),
            (["pool": "burst"], [["key": "pool", "operator": "Exists"]], "4"),
            (["pool": "burst"], [], "0"),
        ] as [([String: String], [JSON], String)]
    )
    func `Nodes count where the cluster's own selector and tolerations let delegates go`(
        selector: [String: String],
        tolerations: [JSON],
        cpu: String
    ) throws {
        var settings = TranslationSettings()
        settings.nodeSelector = selector
        settings.tolerations = tolerations
        let taints: JSON = ["taints": [["key": "pool", "value": "burst", "effect": "NoSchedule"]]]
        let (capacity, _) = CapacitySum.total(
            nodes: [try node("a"), try node("b", spec: taints, labels: ["pool": "burst"])],
            for: NodeDemand(settings),
            foreign: []
        )
        #expect((capacity["cpu"] ?? .zero) == (try Quantity(cpu)))
    }

    @Test(
        arguments: [
            // What may grow, what is kept back, and the CPU of the whole and for us; strangers have 3 of 8.
            ([:], [:], "8", "5"), (["cpu": "20"], [:], "20", "17"), (["cpu": "6"], [:], "8", "5"),
            ([:], ["cpu": "1500m"], "8", "3500m"), ([:], ["cpu": "9"], "8", "0"),
            (["cpu": "20"], ["cpu": "1"], "20", "16"),
        ] as [([String: String], [String: String], String, String)]
    )
    func `What may grow counts as there, and what is kept back does not`(
        growth: [String: String],
        reserve: [String: String],
        whole: String,
        ours: String
    ) throws {
        let (capacity, allocatable) = CapacitySum.total(
            nodes: [try node("a"), try node("b")],
            foreign: [try foreign("b", cpu: "3")],
            settings: CapacitySettings(
                reserve: try reserve.mapValues { try Quantity($0) },
                canGrowTo: try growth.mapValues { try Quantity($0) }
            )
        )
        #expect(capacity["cpu"] == (try Quantity(whole)))
        #expect(allocatable["cpu"] == (try Quantity(ours)))
    }

    @Test func `A pool without nodes has what it may grow to, also what no other node has`() throws {
        let growth = ["cpu": try Quantity("64"), "nvidia.com/gpu": try Quantity("8"), "pods": try Quantity("220")]
        let settings = CapacitySettings(canGrowTo: growth)
        let (capacity, allocatable) = CapacitySum.total(nodes: [], foreign: [], settings: settings)
        #expect(capacity == growth)
        #expect(allocatable == growth)
    }

    @Test func `Labels are shared where all nodes that take delegates have them alike`() throws {
        let (zone, type) = ("topology.kubernetes.io/zone", "node.kubernetes.io/instance-type")
        let one = try node("a", labels: [zone: "z", type: "m5", "team": "x"])
        let two = try node("b", labels: [zone: "z", type: "m6", "team": "x"])
        let cordoned = try node("c", spec: ["unschedulable": true], labels: [zone: "y"])
        #expect(SharedLabels.of([one, two, cordoned], for: NodeDemand()) == [zone: "z"])
        #expect(SharedLabels.of([one], for: NodeDemand()) == [zone: "z", type: "m5"])
        #expect(SharedLabels.of([cordoned], for: NodeDemand()) == nil)
    }

    @Test func `Features are declared where all nodes that take delegates declare them`() throws {
        let (one, two) = (try node("a", features: ["C", "A", "B"]), try node("b", features: ["A", "C", "D"]))
        let old = try node("c")
        let cordoned = try node("d", spec: ["unschedulable": true], features: ["E"])
        #expect(DeclaredFeatures.of([one, two, cordoned], for: NodeDemand()) == ["A", "C"])
        #expect(DeclaredFeatures.of([one], for: NodeDemand()) == ["A", "B", "C"])
        #expect(DeclaredFeatures.of([one, old], for: NodeDemand()) == [])
        #expect(DeclaredFeatures.of([cordoned], for: NodeDemand()) == nil)
    }

    @Test func `The platform is that of most nodes that take delegates, in whatever order they come`() throws {
        let (arm, amd) = (try node("a"), try node("b", architecture: "amd64"))
        let cordoned = try node("c", spec: ["unschedulable": true], architecture: "amd64")
        let demand = NodeDemand()
        for nodes in [[arm, amd, cordoned], [cordoned, amd, arm]] {
            #expect(NodePlatform.commonest(of: nodes, for: demand).architecture == "amd64")
            #expect(NodePlatform.commonest(of: nodes + [try node("d")], for: demand).architecture == "arm64")
        }
        #expect(NodePlatform.commonest(of: [try node("e", ready: "False")], for: demand).architecture == "arm64")
        #expect(NodePlatform.commonest(of: [], for: demand) == NodePlatform())
    }

    @Test func `An overcommitted node takes nothing away from the others`() throws {
        let (_, allocatable) = CapacitySum.total(
            nodes: [try node("a"), try node("b")],
            foreign: [try foreign("a", cpu: "9")]
        )
        #expect(allocatable["cpu"] == (try Quantity("4")))
    }
}
