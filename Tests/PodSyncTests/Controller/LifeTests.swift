import KubeClient
import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

/// The whole controller at work: its watch, its queue, its workers.
@Suite(.timeLimit(.minutes(1))) struct LifeTests {
    private func simulated() throws -> Simulated {
        Simulated(
            name: "hollow",
            settings: SimulatedSettings(resources: ["cpu": try Quantity("4")], version: "v1.31.2")
        )
    }

    /// Runs the controller and its provider while the test acts.
    private func run<Provider: PodProvider>(
        _ fixture: ControllerFixture<Provider>,
        _ body: (ScriptedCluster) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.controller.run() }
            group.addTask { try await fixture.provider.run() }
            try await body(fixture.origin)
            group.cancelAll()
        }
    }

    private static func phase(_ name: String, in origin: ScriptedCluster) -> String? {
        origin.object(.pods, ObjectKey(namespace: "shop", name: name))?.at("status", "phase")?.string
    }

    @Test func `A pod is made, runs, is deleted with its grace and goes by its UID`() async throws {
        let fixture = ControllerFixture(try simulated())
        let key = ObjectKey(namespace: "shop", name: "web-0")
        try await run(fixture) { origin in
            origin.put(PodFixture.json())
            try await origin.until { Self.phase("web-0", in: $0) == "Running" }
            let status = try #require(origin.object(.pods, key)?["status"])
            #expect(status["podIP"]?.string?.hasPrefix("10.244.") == true)
            origin.put(PodFixture.json(metadata: PodFixture.terminating(grace: 30), status: status))
            try await origin.until { $0.object(.pods, key) == nil }
            let deletion = try #require(origin.requests(.delete, "pods").last)
            #expect(deletion.body.at("preconditions", "uid") == "uid-1")
            #expect(deletion.body["gracePeriodSeconds"] == 0)
            #expect(origin.requests(.delete, "pods").count == 1)
        }
        #expect(fixture.provider.instances.isEmpty)
    }

    @Test func `Two hundred pods at once are made exactly once each`() async throws {
        let fixture = ControllerFixture(try simulated())
        let names = (0..<200).map { "web-\($0)" }
        try await run(fixture) { origin in
            await withTaskGroup(of: Void.self) { group in
                for name in names {
                    group.addTask { _ = origin.put(PodFixture.json(uid: name, name: name)) }
                }
            }
            try await origin.until { cluster in names.allSatisfy { Self.phase($0, in: cluster) == "Running" } }
        }
        #expect(Set(fixture.provider.instances.map(\.podUID)) == Set(names))
        // The UID of a simulated instance ends with its number: a second one for any pod would have a higher one.
        let numbers = fixture.provider.instances.compactMap {
            $0.instanceUID.split(separator: "-").last.map(String.init)
        }
        #expect(Set(numbers) == Set((1...200).map(String.init)))
        let made = "martlet_pod_operations_total{node=\"us-east\",operation=\"create\"} 200"
        #expect(fixture.origin.metricsText.contains(made))
        #expect(fixture.origin.metricsText.contains("martlet_pods{node=\"us-east\",phase=\"Running\"} 200"))
    }

    @Test func `Pods of other nodes are no business of the controller`() async throws {
        let fixture = ControllerFixture(try simulated())
        try await run(fixture) { origin in
            origin.put(PodFixture.json(uid: "west", name: "west", spec: ["nodeName": "us-west"]))
            origin.put(PodFixture.json())
            try await origin.until { Self.phase("web-0", in: $0) == "Running" }
        }
        #expect(fixture.provider.instances.map(\.podUID) == ["uid-1"])
    }

    @Test func `A hundred changes while one is written become one more write, of the last`() async throws {
        let fixture = ControllerFixture()
        let pod = try PodFixture.pod()
        let key = pod.key
        func show(_ number: Int) {
            let instance = PodFixture.instance(for: pod, status: ["podIP": .string("10.0.0.\(number)")])
            fixture.provider.set(instance, for: pod.uid)
        }
        fixture.provider.open()
        fixture.origin.put(PodFixture.json())
        fixture.origin.fault(.hold, times: 1) { $0.verb == .patch }
        show(0)
        try await run(fixture) { origin in
            try await origin.until { $0.requests(.patch, "pods/status").count == 1 }
            for number in 1...100 { show(number) }
            origin.serveHeld()
            try await origin.until { $0.object(.pods, key)?.at("status", "podIP") == "10.0.0.100" }
        }
        #expect(fixture.origin.requests(.patch, "pods/status").count == 2)
    }

    // MARK: - Before both sides are known

    @Test func `Nothing is swept before every instance is known`() async throws {
        let fixture = ControllerFixture()
        fixture.provider.set(PodFixture.instance(for: try PodFixture.pod()), for: "uid-1")
        fixture.origin.put(PodFixture.json(uid: "uid-2", name: "web-1"))
        try await run(fixture) { origin in
            try await fixture.controller.pods.waitUntilSynced()
            await giveWay()
            #expect(origin.lines.isEmpty)
            #expect(fixture.provider.calls.isEmpty)
            fixture.provider.open()
            try await fixture.provider.until { $0.calls.count == 2 }
        }
        #expect(fixture.provider.callsBeforeSync == 0)
        #expect(Set(fixture.provider.calls.map { "\($0)" }).count == 2)
        #expect(fixture.provider.calls.contains(.create("uid-2")))
        #expect(fixture.provider.calls.contains(.delete("uid-1", grace: nil)))
    }

    @Test func `Nothing is swept before every pod is known`() async throws {
        let fixture = ControllerFixture()
        fixture.provider.open()
        fixture.provider.set(PodFixture.instance(for: try PodFixture.pod()), for: "uid-1")
        fixture.origin.fault(.hold, times: 1) { $0.verb == .list }
        try await run(fixture) { origin in
            try await origin.until { !$0.requests(.list, "pods").isEmpty }
            await giveWay()
            #expect(origin.lines.isEmpty)
            #expect(fixture.provider.calls.isEmpty)
            origin.serveHeld()
            try await fixture.provider.until { $0.calls == [.delete("uid-1", grace: nil)] }
        }
    }

    /// Lets every task that could run do so: what is to be shown is that none does.
    private func giveWay() async {
        for _ in 0..<1000 { await Task.yield() }
    }
}
