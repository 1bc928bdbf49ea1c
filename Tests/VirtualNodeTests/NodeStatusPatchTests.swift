import KubeModel
import Providers
import Testing

@testable import VirtualNode

@Suite struct NodeStatusPatchTests {
    let desired: NodeDescription

    init() throws {
        desired = NodeDescription(settings: settings(), report: try report(), sync: .synced)
    }

    @Test func `A cluster that is lost turns Ready alone, at a new transition time`() throws {
        let health = NodeHealth.notReady(reason: "RemoteUnreachable", message: "connection refused")
        let lost = NodeDescription(settings: settings(), report: try report(health: health), sync: .synced)
        let patch = patch(lost, created(desired))
        #expect(patch?.changesReadiness == true)
        #expect(
            patch?.status == [
                "metadata": ["uid": "uid-1"],
                "status": [
                    "conditions": [
                        [
                            "type": "Ready", "status": "False", "reason": "RemoteUnreachable",
                            "message": "connection refused", "lastHeartbeatTime": .string(later),
                            "lastTransitionTime": .string(later),
                        ]
                    ]
                ],
            ]
        )
    }

    @Test func `That a node is Ready is said of the version that was looked at, also by a heartbeat`() throws {
        let health = NodeHealth.notReady(reason: "RemoteUnreachable", message: "refused")
        let lost = NodeDescription(settings: settings(), report: try report(health: health), sync: .synced)
        let turned = patch(desired, created(lost))?.status
        #expect(turned?["metadata"] == ["uid": "uid-1", "resourceVersion": "41"])
        let heartbeat = patch(desired, created(desired), heartbeatDue: true)?.status
        #expect(heartbeat?["metadata"] == ["uid": "uid-1", "resourceVersion": "41"])
        #expect(patch(lost, created(lost), heartbeatDue: true)?.status?["metadata"] == ["uid": "uid-1"])
    }

    @Test func `A new message of the same status keeps the transition time`() throws {
        var node = created(desired)
        node["status"]?["conditions"] = [
            [
                "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "old",
                "lastTransitionTime": .string(earlier),
            ]
        ]
        let conditions = patch(desired, node)?.status?.at("status", "conditions")?.array ?? []
        #expect(conditions.first?["lastTransitionTime"] == .string(earlier))
        #expect(conditions.first?["lastHeartbeatTime"] == .string(later))
        #expect(conditions.count == 5, "conditions that are missing are stated")
    }

    @Test func `A heartbeat writes all our conditions and nothing else`() {
        var node = created(desired)
        let theirs: JSON = ["type": "KernelDeadlock", "status": "False"]
        let ours = node.at("status", "conditions")?.array ?? []
        node["status"]?["conditions"] = .array(ours + [theirs])
        let patch = patch(desired, node, heartbeatDue: true)
        let conditions = patch?.status?.at("status", "conditions")?.array ?? []
        #expect(conditions.map { $0["type"]?.string } == desired.conditions.map(\.type))
        #expect(conditions.allSatisfy { $0["lastHeartbeatTime"] == .string(later) })
        #expect(conditions.allSatisfy { $0["lastTransitionTime"] == .string(earlier) })
        #expect(patch?.status?["status"]?.object?.keys == ["conditions"])
        #expect(patch?.changesReadiness == false)
    }

    @Test func `Amounts are compared by value`() {
        var node = created(desired)
        node["status"]?["allocatable"] = ["cpu": "7.5", "memory": "14336Mi", "pods": "100"]
        #expect(patch(desired, node)?.isEmpty == true)
    }

    @Test func `A resource that the cluster no longer has leaves the node`() throws {
        let rich = NodeDescription(
            settings: settings(),
            report: try report(
                capacity: ["cpu": "8", "memory": "16Gi", "pods": "110", "example.org/gpu": "2"],
                allocatable: ["cpu": "7500m", "memory": "14Gi", "pods": "100", "example.org/gpu": "2"]
            ),
            sync: .synced
        )
        #expect(
            patch(desired, created(rich))?.status == [
                "metadata": ["uid": "uid-1", "annotations": ["martlet.dev/managed-resources": "cpu,memory,pods"]],
                "status": ["capacity": ["example.org/gpu": .null], "allocatable": ["example.org/gpu": .null]],
            ]
        )
    }

    @Test func `A resource that somebody advertises stays and is allocatable in full`() {
        var node = created(desired)
        node["status"]?["capacity"]?["example.org/dongle"] = "4"
        #expect(patch(desired, node)?.status?["status"] == ["allocatable": ["example.org/dongle": "4"]])
        node["status"]?["allocatable"]?["example.org/dongle"] = "4"
        #expect(patch(desired, node)?.isEmpty == true)
        node["status"]?["capacity"]?["example.org/dongle"] = nil
        #expect(patch(desired, node)?.status?["status"] == ["allocatable": ["example.org/dongle": .null]])
    }

    @Test func `Capacity and version follow the cluster`() throws {
        let upgraded = NodeDescription(
            settings: settings(),
            report: try report(
                capacity: ["cpu": "16", "memory": "16Gi", "pods": "110"],
                allocatable: ["cpu": "15", "memory": "14Gi", "pods": "100"],
                version: "v1.32.0"
            ),
            sync: .synced
        )
        let patch = patch(upgraded, created(desired))
        #expect(patch?.changesReadiness == false)
        #expect(
            patch?.status?["status"] == [
                "nodeInfo": ["kubeletVersion": "v1.32.0"], "capacity": ["cpu": "16"], "allocatable": ["cpu": "15"],
            ]
        )
    }

    @Test func `New amounts can wait, everything else cannot`() throws {
        let smaller = try report(allocatable: ["cpu": "1", "memory": "14Gi", "pods": "100"])
        let patch = patch(NodeDescription(settings: settings(), report: smaller, sync: .synced), created(desired))
        #expect(patch?.isEmpty == false)
        #expect(patch?.isUrgent == false)
        let health = NodeHealth.notReady(reason: "RemoteUnreachable", message: "refused")
        let lost = NodeDescription(settings: settings(), report: try report(health: health), sync: .synced)
        #expect(VirtualNodeTests.patch(lost, created(desired))?.isUrgent == true)
        #expect(VirtualNodeTests.patch(desired, created(lost))?.isUrgent == true)
    }

    @Test func `An address that left the configuration leaves the node`() throws {
        let bare = NodeDescription(settings: settings(address: nil), report: try report(), sync: .synced)
        var node = created(desired)
        let ours = node.at("status", "addresses")?.array ?? []
        node["status"]?["addresses"] = .array(ours + [["type": "ExternalDNS", "address": "x"]])
        #expect(
            patch(bare, node)?.status?["status"] == [
                "addresses": [
                    ["$patch": "delete", "type": "InternalIP"], ["type": "Hostname", "address": "us-east"],
                ]
            ]
        )
    }

    @Test func `A kubelet port that differs is restated`() {
        var node = created(desired)
        node["status"]?["daemonEndpoints"] = nil
        #expect(patch(desired, node)?.status?["status"] == ["daemonEndpoints": ["kubeletEndpoint": ["Port": 10251]]])
    }

    @Test(arguments: [(KubeletPresence.closed, ["kubeletEndpoint": ["Port": 0]] as JSON?), (.unknown, nil)])
    func `A kubelet port is taken back when nobody listens, and left while that is not known`(
        kubelet: KubeletPresence,
        expected: JSON?
    ) throws {
        let node = created(desired)
        let restarted = NodeDescription(settings: settings(), report: try report(), sync: .synced, kubelet: kubelet)
        #expect(patch(restarted, node)?.status?["status"]?["daemonEndpoints"] == expected)
    }
}
