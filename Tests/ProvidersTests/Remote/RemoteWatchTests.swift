import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Providers

/// A remote cluster as it runs: its watches and its probes.
@Suite(.timeLimit(.minutes(1))) struct RemoteWatchTests {
    private static let node: JSON = [
        "kind": "Node", "metadata": ["name": "worker-1"],
        "status": [
            "capacity": ["cpu": "4", "pods": "110"], "allocatable": ["cpu": "4", "pods": "110"],
            "conditions": [["type": "Ready", "status": "True"]],
            "nodeInfo": ["operatingSystem": "linux", "architecture": "arm64"],
        ],
    ]

    private static func bound(_ pod: JSON) -> JSON {
        var result = pod
        result["kind"] = "Pod"
        result["spec"] = [
            "nodeName": "worker-1",
            "containers": [["name": "main", "image": "a", "resources": ["requests": ["cpu": "1"]]]],
        ]
        return result
    }

    private let clock = ManualClock()
    private let changes = ChangeLog()

    /// Runs the provider while the test acts; `changes` tells of its pods and of its node.
    private func run(_ objects: [JSON], _ body: (RemoteFixture) async throws -> Void) async throws {
        let fixture = RemoteFixture(objects, clock: clock, isSynced: false)
        fixture.provider.onChange { changes.note($0) }
        fixture.provider.node.onNodeChange { changes.note("") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.provider.run() }
            try await body(fixture)
            group.cancelAll()
        }
    }

    private func until(_ provider: RemoteCluster, _ condition: @escaping @Sendable (NodeReport) -> Bool) async throws {
        try await changes.until { condition(provider.node.report) }
    }

    /// Lets the next probe happen, and end.
    private func nextProbe(_ fixture: RemoteFixture) async throws {
        await clock.waitForSleepers()
        let count = fixture.remote.requests(.get, "version").count
        clock.advance(by: .seconds(5))
        try await fixture.remote.until { $0.requests(.get, "version").count > count }
        await clock.waitForSleepers()
    }

    @Test func `It is a node with what others leave of the cluster`() async throws {
        let stranger = Self.bound(PodFixture.json(uid: "stranger", name: "other"))
        let objects = [Self.node, stranger, Self.bound(RemoteFixture.delegate())]
        try await run(objects) { fixture in
            try await until(fixture.provider) { $0.health == .ready }
            let report = fixture.provider.node.report
            #expect(report.capacity["cpu"] == (try Quantity("4")))
            #expect(report.allocatable["cpu"] == (try Quantity("3")))
            #expect(report.version == "v1.31.2")
            #expect(report.architecture == "arm64")
            fixture.remote.remove(.pods, ObjectKey(namespace: "shop", name: "other"))
            let all = try Quantity("4")
            try await until(fixture.provider) { $0.allocatable["cpu"] == all }
        }
    }

    @Test func `It knows every delegate that exists before it says so, and follows them`() async throws {
        let delegate = Self.bound(RemoteFixture.delegate())
        try await run([delegate, PodFixture.json(uid: "stranger", name: "other")]) { fixture in
            let provider = fixture.provider
            try await provider.waitUntilSynced()
            #expect(provider.instances.map(\.podUID) == ["uid-1"])
            var changed = delegate
            changed["status"] = ["phase": "Succeeded"]
            fixture.remote.put(changed)
            try await changes.until { provider.instance(for: "uid-1")?.phase == .succeeded }
            fixture.remote.remove(.pods, RemoteFixture.key)
            try await changes.until { provider.instance(for: "uid-1") == nil }
            #expect(provider.departed("uid-1")?.phase == .succeeded)
        }
    }

    @Test(arguments: [ScriptedCluster.Fault.unreachable, .timeout, .bare(503), .refuse(401, reason: "Unauthorized")])
    func `Three lost probes are an outage, the next answer ends it and all is listed anew`(
        fault: ScriptedCluster.Fault
    ) async throws {
        try await run([Self.node]) { fixture in
            let provider = fixture.provider
            try await until(provider) { $0.health == .ready }
            fixture.remote.fault(fault) { $0.resource == "version" }
            try await nextProbe(fixture)
            try await nextProbe(fixture)
            #expect(provider.node.isReachable)
            try await nextProbe(fixture)
            #expect(!provider.node.isReachable)
            fixture.remote.endFaults()
            fixture.remote.clearRequests()
            try await nextProbe(fixture)
            // The watches were silent all the while: only the return makes them begin anew.
            try await fixture.remote.until {
                Set($0.requests.filter { $0.verb == .list }.map(\.resource)) == [
                    "pods", "nodes", "configmaps", "secrets",
                ]
            }
            try await changes.until { provider.node.isReachable }
            let lists = fixture.remote.requests(.list, "pods")
            #expect(lists.contains { $0.query["resourceVersion"] == nil }, "what runs is read from the store itself")
        }
    }

    @Test func `A cluster that asks for patience is there`() async throws {
        try await run([Self.node]) { fixture in
            try await until(fixture.provider) { $0.health == .ready }
            fixture.remote.fault(.refuse(429, reason: "TooManyRequests")) { $0.resource == "version" }
            for _ in 1...4 { try await nextProbe(fixture) }
            #expect(fixture.provider.node.isReachable)
        }
    }
}
