import KubeClient
import KubeModel
import Testbed
import Testing

/// What happens to a cluster as a whole: each test changes one, so they come one after the other.
@Suite(.fleet(.standard, lasting: .seconds(280)), .serialized)
struct ClusterTests {
    @Test("A node that somebody deletes is back, with its pods still running", .rows(90))
    func nodeDeleted() async throws {
        try await TestSpace.with("nodegone") { space in
            try await space.apply(Manifest.deployment(replicas: 2, pod: Manifest.podSpec(Manifest.cluster("us-east"))))
            let before = try await space.running(2)
            let uid = try await space.fleet.node("us-east").uid
            try await space.origin.kubectl("delete", "node", "us-east")
            try await eventually("the node is back and ready", within: .seconds(10)) {
                guard let node = try await space.origin.find(.nodes, "us-east") else { return false }
                return node.uid != uid && node.isReady && node.label("topology.kubernetes.io/region") == "us"
            }
            let after = try await space.running(2)
            #expect(after.podUIDs == before.podUIDs)
            #expect(after.delegateUIDs == before.delegateUIDs)
            let lease = try await eventually("the lease is there", within: .seconds(15)) {
                try await space.origin.find(.leases, "us-east", in: "kube-node-lease")
            } until: {
                $0 != nil
            }
            #expect(lease?.at("spec", "holderIdentity")?.string == "us-east")
        }
    }

    @Test("Capacity follows the remote's nodes and strangers' pods, but not our own delegates")
    func capacity() async throws {
        try await TestSpace.with("capacity") { space in
            let remote = space.fleet.remote("us-west")
            try await space.fleet.allocatableCPU("us-west", is: 96)
            try await remote.makeNamespace(space.name)
            let asking: JSON = ["requests": ["cpu": "10"]]
            let pod = Manifest.podSpec(["containers": [["name": "main", "image": "web", "resources": asking]]])
            try await remote.apply(Manifest.deployment("stranger", replicas: 2, pod: pod), namespace: space.name)
            try await space.fleet.allocatableCPU("us-west", is: 76)
            let pods = try await space.fleet.node("us-west").at("status", "allocatable", "pods")
            #expect(pods?.string == "328", "of three nodes of 110 each, less two strangers")
            let ours = Manifest.overlay(Manifest.cluster("us-west"), on: pod)
            try await space.apply(Manifest.deployment("ours", replicas: 2, pod: ours))
            try await space.running(2, app: "ours")
            try await holds("our own delegates do not count", for: .seconds(2)) {
                let allocatable = try await space.fleet.node("us-west").at("status", "allocatable")
                return allocatable?["cpu"]?.string == "76" && allocatable?["pods"]?.string == "328"
            }
            try await remote.kubectl("-n", space.name, "delete", "deployment", "stranger", "--wait=false")
            try await space.fleet.allocatableCPU("us-west", is: 96)
            try await remote.kubectl("cordon", "hollow-0")
            try await space.fleet.allocatableCPU("us-west", is: 64)
            try await remote.kubectl("uncordon", "hollow-0")
            try await space.fleet.allocatableCPU("us-west", is: 96)
        }
    }

    @Test("The node tells for how many pods of a size there is room, and what its cluster's nodes share", .rows(33, 61))
    func slotsAndLabels() async throws {
        try await TestSpace.with("slots") { space in
            let remote = space.fleet.remote("us-west")
            // Three nodes of 32 cores and 256 GiB; each of the pods takes more than half of one.
            try await space.slots("us-west", of: "8/32Gi", are: 12)
            let asking: JSON = ["requests": ["cpu": "20"]]
            let pod = Manifest.podSpec(["containers": [["name": "main", "image": "web", "resources": asking]]])
            let ours = Manifest.overlay(Manifest.cluster("us-west"), on: pod)
            try await space.apply(Manifest.deployment(replicas: 3, pod: ours))
            try await space.running(3)
            try await space.slots("us-west", of: "8/32Gi", are: 3)
            let node = try await space.fleet.node("us-west")
            #expect(node.annotation("martlet.dev/largest-slot")?.hasPrefix("cpu=12,") == true)
            #expect(node.at("status", "allocatable", "cpu")?.string == "96")
            try await space.kubectl("delete", "deployment", "web", "--wait=false")
            try await space.empty()
            try await space.slots("us-west", of: "8/32Gi", are: 12)

            let names = try await remote.list(.nodes).map(\.name)
            let type = "node.kubernetes.io/instance-type"
            try await remote.kubectl(["label", "node"] + names + ["\(type)=m5"])
            try await eventually("the node has the type of them all") {
                try await space.fleet.node("us-west").label(type) == "m5"
            }
            try await remote.kubectl("label", "node", names[0], "--overwrite", "\(type)=m6")
            try await eventually("there is no type of them all") {
                try await space.fleet.node("us-west").label(type) == nil
            }
            try await remote.kubectl(["label", "node"] + names + ["\(type)-"])
        }
    }

    @Test("Labels, taints, conditions and devices that others put on the node survive martlet's changes", .rows(78))
    func foreignFields() async throws {
        try await TestSpace.with("foreign") { space in
            let origin = space.origin
            try await origin.kubectl("label", "node", "us-west", "example.com/owner=somebody")
            try await origin.kubectl("annotate", "node", "us-west", "example.com/note=mine")
            try await origin.kubectl("taint", "node", "us-west", "example.com/spot=yes:PreferNoSchedule")
            let condition: JSON = [
                "type": "example.com/Checked", "status": "True", "reason": "Somebody", "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z", "lastHeartbeatTime": "2026-01-01T00:00:00Z",
            ]
            _ = try await origin.client.patch(
                .nodes,
                name: "us-west",
                subresource: "status",
                type: .strategicMerge,
                body: ["status": ["conditions": [condition], "capacity": ["example.com/dongle": "4"]]]
            )
            try await space.fleet.statusWritten("us-west")
            let node = try await space.fleet.node("us-west")
            #expect(node.at("status", "capacity", "example.com/dongle") == "4")
            #expect(node.at("status", "allocatable", "example.com/dongle") == "4")
            #expect(node.label("example.com/owner") == "somebody")
            #expect(node.annotation("example.com/note") == "mine")
            #expect(node.condition("example.com/Checked")?["reason"]?.string == "Somebody")
            #expect(node.at("spec", "taints")?.array?.contains { $0["key"]?.string == "example.com/spot" } == true)
            try await origin.kubectl("taint", "node", "us-west", "example.com/spot-")
            _ = try await origin.client.patch(
                .nodes,
                name: "us-west",
                subresource: "status",
                type: .merge,
                body: ["status": ["capacity": ["example.com/dongle": .null]]]
            )
        }
    }

    @Test(
        "A pod that a full cluster can't take stays Pending with a word, and starts when a slot is free",
        .rows(15, 39)
    )
    func full() async throws {
        try await TestSpace.with("full") { space in
            // Each of the cluster's three nodes has room for one of them.
            let asking: JSON = ["requests": ["cpu": "30"]]
            let container: JSON = ["name": "main", "image": "web", "resources": asking]
            let pod = Manifest.overlay(Manifest.cluster("eu-central"), on: ["containers": [container]])
            for number in 0..<3 {
                try await space.apply(Manifest.pod("big-\(number)", pod))
            }
            try await space.running(3)
            try await space.apply(Manifest.pod("waiting", pod))
            let pending = try await space.pod("waiting", "can't be scheduled") {
                $0.condition("PodScheduled")?["reason"]?.string == "Unschedulable"
            }
            #expect(pending.phase == "Pending")
            #expect(pending.nodeName.isEmpty)
            try await space.event(about: "waiting", containing: "FailedScheduling")
            try await space.event(about: "waiting", containing: "Insufficient cpu")
            try await space.kubectl("delete", "pod", "big-1", "--grace-period=1", "--wait=false")
            try await space.pod("waiting", "runs once there is room", within: .seconds(10), until: \.isReady)
            #expect(try await space.running(3).counts == ["eu-central": 3])
        }
    }

    @Test("A Deployment without constraints spreads over all clusters evenly", .rows(96))
    func spread() async throws {
        try await TestSpace.with("spread") { space in
            // What else the clusters have to do is a reason for the scheduler to prefer one.
            try await eventually("no other pod is there", within: .seconds(20)) {
                try await space.origin.list(.pods).isEmpty
            }
            try await space.apply(Manifest.deployment(replicas: 10))
            let counts = try await space.running(10).counts
            #expect(counts.count == 3, "\(counts)")
            let (least, most) = (counts.values.min() ?? 0, counts.values.max() ?? 0)
            #expect(most - least <= 1, "\(counts)")
        }
    }

    @Test("A Deployment deleted while one cluster is cut off is gone there soon after its return", .rows(5, 25))
    func deletedWhileCut() async throws {
        try await TestSpace.with("cut") { space in
            let remote = space.fleet.remote("us-east")
            try await space.apply(
                Manifest.deployment(replicas: 6, pod: Manifest.podSpec(["terminationGracePeriodSeconds": 1]))
            )
            let there = try await space.running(6).counts["us-east"] ?? 0
            try #require(there > 0)
            try await space.fleet.repaired {
                try await remote.relay.set(.cut)
                try await space.kubectl("delete", "deployment/web", "--wait=false")
                try await eventually("the other clusters are empty, and so are their nodes", within: .seconds(30)) {
                    let now = try await space.snapshot()
                    return now.counts == ["us-east": there] && now.pods.allSatisfy { $0.nodeName == "us-east" }
                }
                try await eventually("the node says that its cluster can't be reached", within: .seconds(40)) {
                    try await space.fleet.node("us-east").condition("Ready")?["reason"]?.string == "RemoteUnreachable"
                }
                // Absence is not assumed: the pods wait for the proof.
                #expect(try await space.snapshot().pods.count == there)
                try await remote.relay.set(.open)
                try await space.empty(within: .seconds(30))
            }
        }
    }
}

extension Fleet {
    /// Waits until a virtual node can give so many processors.
    func allocatableCPU(_ cluster: String, is cpus: Int) async throws {
        try await eventually("\(cluster) can give \(cpus) processors", within: .seconds(2)) {
            try await node(cluster).at("status", "allocatable", "cpu")?.string ?? "nothing"
        } until: {
            $0 == "\(cpus)"
        }
    }
}

extension TestSpace {
    /// Waits until a node tells that so many pods of a size fit.
    fileprivate func slots(_ cluster: String, of shape: String, are count: Int) async throws {
        try await eventually("\(cluster) has room for \(count) pods of \(shape)", within: .seconds(15)) {
            try await fleet.node(cluster).annotation("martlet.dev/slots") ?? ""
        } until: {
            $0.split(separator: ",").contains("\(shape)=\(count)")
        }
    }
}
