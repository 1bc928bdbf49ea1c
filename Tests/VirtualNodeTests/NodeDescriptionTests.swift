import KubeModel
import Providers
import Testing

@testable import VirtualNode

@Suite struct NodeDescriptionTests {
    @Test func `A synced cluster renders as a Ready agent node with everything that is ours`() throws {
        let taint = Taint(key: "remote", value: "yes", effect: "NoSchedule")
        let description = NodeDescription(settings: settings(taints: [taint]), report: try report(), sync: .synced)
        let node = description.object(now: earlier)
        #expect(
            node.at("metadata") == [
                "name": "us-east",
                "labels": [
                    "type": "virtual-kubelet", "kubernetes.io/role": "agent", "node-role.kubernetes.io/agent": "",
                    "node.kubernetes.io/exclude-from-external-load-balancers": "true", "kubernetes.io/os": "linux",
                    "kubernetes.io/arch": "arm64", "kubernetes.io/hostname": "us-east",
                    "martlet.dev/cluster": "us-east",
                    "topology.kubernetes.io/region": "us", "topology.kubernetes.io/zone": "us-east-1", "team": "blue",
                ],
                "annotations": [
                    "contact": "ops@example.org",
                    "martlet.dev/managed-labels": "team,topology.kubernetes.io/region,topology.kubernetes.io/zone",
                    "martlet.dev/managed-annotations": "contact",
                    "martlet.dev/managed-taints": "remote:NoSchedule",
                    "martlet.dev/managed-resources": "cpu,memory,pods",
                ],
            ]
        )
        #expect(
            node.at("spec") == [
                "providerID": "martlet://us-east",
                "taints": [["key": "remote", "value": "yes", "effect": "NoSchedule"]],
            ]
        )
        #expect(node.at("status", "capacity") == ["cpu": "8", "memory": "16Gi", "pods": "110"])
        #expect(node.at("status", "allocatable") == ["cpu": "7500m", "memory": "14Gi", "pods": "100"])
        #expect(
            node.at("status", "addresses") == [
                ["type": "InternalIP", "address": "10.0.0.7"], ["type": "Hostname", "address": "10.0.0.7"],
            ]
        )
        #expect(node.at("status", "daemonEndpoints") == ["kubeletEndpoint": ["Port": 10251]])
        #expect(
            node.at("status", "nodeInfo") == [
                "kubeletVersion": "v1.31.2", "operatingSystem": "linux", "architecture": "arm64",
            ]
        )
        #expect(
            node.at("status", "conditions")?.array?.map { "\($0["type"]?.string ?? "")=\($0["status"]?.string ?? "")" }
                == [
                    "Ready=True", "MemoryPressure=False", "DiskPressure=False", "PIDPressure=False",
                    "NetworkUnavailable=False",
                ]
        )
        #expect(node.at("status", "conditions")?[0]?["lastTransitionTime"] == .string(earlier))
    }

    @Test(arguments: [
        (nil, PodSyncState.starting, "False", "Starting"),
        (NodeHealth.ready, .starting, "False", "Synchronizing"),
        (.ready, .synced, "True", "KubeletReady"),
        (.notReady(reason: "RemoteUnreachable", message: "refused"), .starting, "False", "RemoteUnreachable"),
        (.notReady(reason: "RemoteUnreachable", message: "refused"), .synced, "False", "RemoteUnreachable"),
        (.ready, .failed(.init(reason: "Broken", message: "why")), "False", "Broken"),
        (nil, .failed(.init(reason: "Broken", message: "why")), "False", "Broken"),
    ])
    func `Ready follows the cluster's health and the state of its pods`(
        health: NodeHealth?,
        sync: PodSyncState,
        status: String,
        reason: String
    ) throws {
        let condition = StatedCondition.ready(report: try health.map { try report(health: $0) }, sync: sync)
        #expect(condition.status == status)
        #expect(condition.reason == reason)
    }

    @Test func `The message of an unreachable cluster stands in the condition`() throws {
        let health = NodeHealth.notReady(reason: "RemoteUnreachable", message: "connection refused")
        #expect(
            StatedCondition.ready(report: try report(health: health), sync: .synced).message == "connection refused"
        )
    }

    @Test func `A limit caps what it names, never raises it, and adds nothing`() throws {
        let limits = try resources(["cpu": "4", "memory": "1Ti", "example.org/gpu": "2"])
        let description = NodeDescription(settings: settings(limits: limits), report: try report(), sync: .synced)
        #expect(description.capacity == (try resources(["cpu": "4", "memory": "16Gi", "pods": "110"])))
        #expect(description.allocatable == (try resources(["cpu": "4", "memory": "14Gi", "pods": "100"])))
    }

    @Test func `A cluster that is ready and has no nodes offers zeros, one that is not known offers nothing`() throws {
        let empty = try report(capacity: [:], allocatable: [:])
        let zeros = try resources(["cpu": "0", "memory": "0", "pods": "0"])
        #expect(NodeDescription(settings: settings(), report: empty, sync: .synced).allocatable == zeros)
        #expect(NodeDescription(settings: settings(), report: empty, sync: .starting).allocatable.isEmpty)
        #expect(NodeDescription(settings: settings(), report: nil, sync: .synced).capacity.isEmpty)
    }

    @Test func `A label of the configuration wins over a default one but not over the node's identity`() throws {
        let labels = ["type": "mine", NodeKeys.hostname: "other", NodeKeys.cluster: "other"]
        let description = NodeDescription(settings: settings(labels: labels), report: try report(), sync: .synced)
        #expect(description.labels["type"] == "mine")
        #expect(description.labels[NodeKeys.hostname] == "us-east")
        #expect(description.labels[NodeKeys.cluster] == "us-east")
    }

    @Test func `A node that shares its cluster names it, and says what of it counts elsewhere as long as that is so`()
        throws
    {
        let shared = NodeSettings(name: "us-east-gpu", cluster: "us-east")
        var report = try report()
        report.overlap = "node-1 counts for another"
        let description = NodeDescription(settings: shared, report: report, sync: .synced)
        #expect(description.labels[NodeKeys.cluster] == "us-east")
        #expect(description.labels[NodeKeys.hostname] == "us-east-gpu")
        let node = description.object(now: earlier)
        #expect(NodePatch.conditions(of: node)[NodeKeys.nodesOverlap]?["message"] == "node-1 counts for another")
        report.overlap = nil
        let apart = NodeDescription(settings: shared, report: report, sync: .synced)
        let patch = NodePatch.status(desired: apart, observed: node, now: later, heartbeatDue: false)
        #expect(
            patch?.at("status", "conditions") == [["$patch": "delete", "type": .string(NodeKeys.nodesOverlap)]]
        )
    }

    @Test func `The system of a cluster that was never reached is not guessed`() throws {
        let description = NodeDescription(
            settings: settings(),
            report: try report(capacity: [:], allocatable: [:], version: ""),
            sync: .starting
        )
        #expect(description.labels[NodeKeys.arch] == nil)
        #expect(description.info.isEmpty)
        #expect(description.object(now: earlier).at("metadata", "annotations", NodeKeys.managedResources) == nil)
    }

    @Test func `Without an address the node's name is its Hostname`() throws {
        let description = NodeDescription(settings: settings(address: nil), report: try report(), sync: .synced)
        #expect(description.addresses == ["Hostname": "us-east"])
    }
}
