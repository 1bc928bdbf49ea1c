import KubeModel
import Testing

@Suite struct NodeTests {
    private let json: JSON = [
        "metadata": ["name": "us-east", "labels": ["topology.kubernetes.io/region": "us"]],
        "spec": [
            "providerID": "martlet://us-east", "unschedulable": true,
            "taints": [["key": "k", "value": "v", "effect": "NoExecute"]],
        ],
        "status": [
            "capacity": ["cpu": "4", "pods": "110"], "allocatable": ["cpu": "3500m", "pods": "110"],
            "conditions": [
                ["type": "MemoryPressure", "status": "False"],
                ["type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ok"],
            ],
            "addresses": [["type": "InternalIP", "address": "10.0.0.1"]],
            "nodeInfo": ["kubeletVersion": "v1.20.2", "operatingSystem": "linux", "architecture": "amd64"],
        ],
    ]

    @Test("A node is read")
    func read() throws {
        let node = try Node(json: json)
        #expect(node.name == "us-east")
        #expect(node.labels == ["topology.kubernetes.io/region": "us"])
        #expect(node.unschedulable)
        #expect(node.ready)
        #expect(node.taints == [Taint(key: "k", value: "v", effect: "NoExecute")])
        #expect(node.providerID == "martlet://us-east")
        #expect(node.capacity["cpu"] == Quantity(units: 4))
        #expect(node.allocatable["cpu"] == Quantity(milli: 3_500))
        #expect(node.conditions.last?.reason == "KubeletReady")
        #expect(node.addresses.first?.address == "10.0.0.1")
        #expect([node.kubeletVersion, node.operatingSystem, node.architecture] == ["v1.20.2", "linux", "amd64"])
    }

    @Test(
        "A node is ready only if its Ready condition is True",
        arguments: [
            ([["type": "Ready", "status": "Unknown"]], false), ([], false),
            ([["type": "Ready", "status": "False"]], false),
            ([["type": "Other", "status": "True"]], false), ([["type": "Ready", "status": "True"]], true),
        ] as [(JSON, Bool)]
    )
    func ready(conditions: JSON, isReady: Bool) throws {
        var json = json
        json["status"]?["conditions"] = conditions
        #expect(try Node(json: json).ready == isReady)
    }

    @Test("A node of nothing but a name takes pods and has nothing")
    func minimal() throws {
        let node = try Node(json: ["metadata": ["name": "a"]])
        #expect(!node.unschedulable)
        #expect(node.allocatable.isEmpty)
        #expect(node.taints.isEmpty)
        #expect(node.providerID == nil)
    }
}
