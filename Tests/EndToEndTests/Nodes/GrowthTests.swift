import KubeClient
import KubeModel
import Testbed
import Testing

extension ClusterTests {
    @Test(
        "A pool of no nodes gets its first pod by what it may grow to, and counts its devices when it has",
        .rows(111)
    )
    func growth() async throws {
        try await TestSpace.with("growth") { space in
            let (fleet, pool) = (space.fleet, GrowingPool(remote: space.fleet.remote("us-west")))
            let file = try ConfigurationOnDisk(of: fleet)
            try await withCleanUp({ try await pool.shrink(in: space) }) {
                try await file.with { clusters in
                    clusters[1]["nodes"] = GrowingPool.configuration
                } during: {
                    try await fleet.allocatableCPU("us-west", is: 92)
                    try await fleet.node(GrowingPool.name, shows: ["cpu": "4", GrowingPool.device: "2"])
                    let pod = GrowingPool.podSpec(Manifest.cluster(GrowingPool.name))
                    try await space.apply(Manifest.pod("web", pod))
                    let waiting = try await space.pod("web", "waits for a node") {
                        $0.condition("martlet.dev/DelegateScheduled")?["status"] == "False"
                    }
                    #expect(waiting.phase == "Pending" && waiting.nodeName == GrowingPool.name)
                    try await pool.grow()
                    try await space.pod("web", "runs on the first node", within: .seconds(20), until: \.isReady)
                    // What our own pods ask for is the origin's scheduler's to count.
                    try await fleet.node(GrowingPool.name, shows: ["cpu": "32", GrowingPool.device: "3"])
                    try await fleet.allocatableCPU("us-west", is: 60)
                    #expect(try await fleet.node("us-west").at("status", "capacity", "cpu") == "64")
                    try await pool.takeOne(in: space)
                    try await fleet.node(GrowingPool.name, shows: ["cpu": "32", GrowingPool.device: "2"])
                    try await space.deletePod("web")
                    try await space.empty()
                }
                try await fleet.isServedNoLonger(GrowingPool.name)
                try await space.origin.kubectl("delete", "node", GrowingPool.name)
            }
            try await fleet.allocatableCPU("us-west", is: 96)
        }
    }
}

/// Some of us-west's nodes as a virtual node of their own: as yet none, and later one with devices.
private struct GrowingPool {
    static let name = "us-west-gpu"
    static let device = "example.com/gpu"
    private static let label = "example.com/pool"
    private static let worker = "hollow-2"

    let remote: FleetCluster

    /// The other virtual node has the rest of the nodes, and keeps something back.
    static var configuration: JSON {
        [
            [
                "name": .string(name), "nodeSelector": [label: "gpu"],
                "canGrowTo": ["cpu": "4", "memory": "16Gi", "pods": "10", device: "2"],
            ],
            ["name": "us-west", "reserve": ["cpu": "4"]],
        ]
    }

    /// With one container that asks for a device.
    static func podSpec(_ members: JSON) -> JSON {
        let container: JSON = [
            "name": "main", "image": "registry.example/web:1", "resources": ["limits": [device: "1"]],
        ]
        let spec = Manifest.overlay(members, on: ["containers": [container]])
        return Manifest.overlay(["terminationGracePeriodSeconds": 1], on: spec)
    }

    /// What an autoscaler and a device plugin do.
    func grow() async throws {
        try await advertise("3")
        try await remote.kubectl("label", "node", Self.worker, "\(Self.label)=gpu")
    }

    /// Has a pod that is nobody's delegate take a device.
    func takeOne(in space: TestSpace) async throws {
        let pod = Manifest.pod("stranger", Self.podSpec(["nodeSelector": [Self.label: "gpu"]]))
        try await remote.apply(pod, namespace: space.name)
    }

    func shrink(in space: TestSpace) async throws {
        try await remote.kubectl("label", "node", Self.worker, "\(Self.label)-")
        try await remote.kubectl(
            "-n",
            space.name,
            "delete",
            "pod",
            "stranger",
            "--ignore-not-found",
            "--wait=false"
        )
        try await advertise(nil)
    }

    /// What a node has of an extended resource is said by whoever knows (docs: Advertise Extended Resources for a Node).
    private func advertise(_ count: String?) async throws {
        let capacity = JSON.object([Self.device: count.map(JSON.string) ?? .null])
        _ = try await remote.client.patch(
            .nodes,
            name: Self.worker,
            subresource: "status",
            type: .merge,
            body: ["status": ["capacity": capacity]]
        )
    }
}

extension Fleet {
    /// Waits until a virtual node can give these amounts.
    fileprivate func node(_ name: String, shows amounts: [String: String]) async throws {
        try await eventually("\(name) can give \(amounts)", within: .seconds(15)) {
            try await origin.find(.nodes, name)?.at("status", "allocatable")?.stringMap ?? [:]
        } until: { allocatable in
            amounts.allSatisfy { allocatable[$0.key] == $0.value }
        }
    }
}
