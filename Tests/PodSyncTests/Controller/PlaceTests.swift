import KubeClient
import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

/// Pods whose instances find no node, where that is not waited for for ever.
@Suite(.timeLimit(.minutes(1))) struct PlaceTests {
    private static let unplaced = saying("0/3 nodes are available: 3 Insufficient cpu.")

    /// The status of a pod that a scheduler says this of.
    private static func saying(_ words: String) -> JSON {
        [
            "conditions": [
                [
                    "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": .string(words),
                ]
            ]
        ]
    }

    private func fixture(after limit: Duration = .zero) -> ControllerFixture<ScriptedProvider> {
        ControllerFixture(options: PodSyncOptions(failUnscheduledAfter: limit))
    }

    /// A pod whose instance has no node.
    @discardableResult
    private func unplaced(
        _ fixture: ControllerFixture<ScriptedProvider>,
        metadata: JSON = PodFixture.owned(),
        policy: String = "Always",
        status: JSON = ["phase": "Pending"]
    ) throws -> Pod {
        let spec: JSON = ["restartPolicy": .string(policy)]
        let pod = try fixture.add(PodFixture.json(metadata: metadata, spec: spec, status: status))
        fixture.provider.set(PodFixture.instance(for: pod, phase: .pending, status: Self.unplaced), for: pod.uid)
        return pod
    }

    private func status(_ fixture: ControllerFixture<ScriptedProvider>) -> JSON? {
        fixture.origin.object(.pods, ObjectKey(namespace: "shop", name: "web-0"))?["status"]
    }

    // MARK: - When

    @Test(arguments: ["Always", "OnFailure", "Never"])
    func `A pod whose instance finds no node in time fails as a kubelet fails it`(policy: String) async throws {
        let fixture = fixture()
        try unplaced(fixture, policy: policy)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls == [.withdraw("uid-1"), .live("uid-1")])
        #expect(status(fixture)?["phase"] == "Failed")
        #expect(status(fixture)?["reason"] == "OutOfcpu")
        let message = status(fixture)?["message"]?.string ?? ""
        #expect(message.hasPrefix("Pod was rejected: Cluster us-east had no node for it"))
        #expect(message.hasSuffix("0/3 nodes are available: 3 Insufficient cpu."))
        #expect(fixture.condition("Ready")?["status"] == "False")
        #expect(fixture.condition("martlet.dev/Delegated")?["reason"] == "OutOfcpu")
        #expect(try await fixture.eventReasons(count: 1) == ["OutOfcpu"])
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls.count == 2, "a failed pod is left alone")
    }

    @Test func `The scheduler's words are read as a whole, and told up to a sane length`() async throws {
        let fixture = fixture()
        let pod = try unplaced(fixture)
        // One character for Swift.
        let odd = "o" + String(repeating: "\u{301}", count: 5000)
        let words = "0/3 nodes are available: 1 \(odd), 3 Insufficient cpu."
        fixture.provider.set(
            PodFixture.instance(for: pod, phase: .pending, status: Self.saying(words)),
            for: pod.uid
        )
        #expect(await fixture.look() == .done)
        #expect(status(fixture)?["reason"] == "OutOfcpu")
        let message = try #require(status(fixture)?["message"]?.string)
        #expect(message.contains("0/3 nodes are available"))
        #expect(message.unicodeScalars.count == "Pod was rejected: ".count + EventRecorder.maximumMessageLength)
    }

    @Test func `Until then it waits, is looked at in time, and says so at once`() async throws {
        let fixture = fixture(after: .seconds(60))
        let pod = try unplaced(fixture)
        let look = await fixture.look()
        guard case .again(let left) = look else { throw Unexpected(look: look) }
        #expect(left > .zero && left <= .seconds(60))
        #expect(fixture.condition("martlet.dev/DelegateScheduled")?["status"] == "False")
        #expect(status(fixture)?["phase"] == "Pending")
        #expect(fixture.provider.calls.isEmpty)
        let told = try #require(fixture.controller.account(of: pod).failsIn)
        #expect(told > .zero && told <= left)
        let placed = PodFixture.instance(for: pod, nodeName: "worker-1", status: readyStatus)
        fixture.provider.set(placed, for: pod.uid)
        #expect(await fixture.look() == .done, "nothing is due any more")
        #expect(fixture.controller.account(of: pod).failsIn == nil)
    }

    private struct Unexpected: Error {
        let look: Look
    }

    @Test func `Without a limit it waits for ever`() async throws {
        let fixture = ControllerFixture()
        try unplaced(fixture)
        #expect(await fixture.look() == .done)
        #expect(status(fixture)?["phase"] == "Pending")
        #expect(fixture.provider.calls.isEmpty)
    }

    @Test(
        arguments: [
            (JSON.object([:]), "Always", ["phase": "Pending"]),
            (PodFixture.owned(by: "DaemonSet"), "Always", ["phase": "Pending"]),
            (PodFixture.owned(by: "Job"), "OnFailure", ["phase": "Pending", "startTime": "2026-11-21T06:00:00Z"]),
            (PodFixture.owned(by: "Job"), "Never", ["phase": "Pending", "startTime": "2026-11-21T06:00:00Z"]),
        ] as [(JSON, String, JSON)]
    )
    func `What nobody would replace elsewhere waits, and what may run only once and may have run`(
        metadata: JSON,
        policy: String,
        status: JSON
    ) async throws {
        let fixture = fixture()
        try unplaced(fixture, metadata: metadata, policy: policy, status: status)
        #expect(await fixture.look() == .done)
        #expect(self.status(fixture)?["phase"] == "Pending")
        #expect(fixture.provider.calls.isEmpty)
    }

    // MARK: - What happens meanwhile

    @Test func `One that gets its node in that moment is left alone`() async throws {
        let fixture = fixture()
        let pod = try unplaced(fixture)
        fixture.provider.keepFromWithdrawal()
        #expect(await fixture.look() == .again(.seconds(1)))
        #expect(fixture.provider.calls == [.withdraw("uid-1")])
        let placed = PodFixture.instance(for: pod, nodeName: "worker-1", status: readyStatus)
        fixture.provider.set(placed, for: pod.uid)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls == [.withdraw("uid-1")])
        #expect(status(fixture)?["phase"] == "Running")
    }

    @Test func `The pod fails once nothing is left of its instance, and gets no other meanwhile`() async throws {
        let fixture = fixture()
        let pod = try unplaced(fixture)
        fixture.provider.setLive(.success(PodFixture.instance(for: pod, phase: .pending, isTerminating: true)))
        #expect(await fixture.look() == .again(.seconds(10)))
        fixture.provider.setLive(.failure(.unavailable))
        #expect(await fixture.look() == .retry)
        #expect(status(fixture)?["phase"] == "Pending")
        fixture.provider.setLive(.success(nil))
        #expect(await fixture.look() == .done)
        #expect(status(fixture)?["phase"] == "Failed")
        let looks = [ScriptedProvider.Call](repeating: .live("uid-1"), count: 3)
        #expect(fixture.provider.calls == [.withdraw("uid-1")] + looks)
    }

    @Test func `A pod that has got another instance all the same does not fail for the first one`() async throws {
        let fixture = fixture()
        let pod = try unplaced(fixture)
        fixture.provider.setLive(.failure(.unavailable))
        #expect(await fixture.look() == .retry)
        let other = PodFixture.instance(for: pod, uid: "delegate-2", nodeName: "worker-1", status: readyStatus)
        fixture.provider.set(other, for: pod.uid)
        fixture.provider.setLive(.success(other))
        #expect(fixture.controller.account(of: pod).step == .mirror)
        #expect(await fixture.look() == .done)
        #expect(status(fixture)?["phase"] == "Running")
        #expect(fixture.provider.calls == [.withdraw("uid-1"), .live("uid-1")])
    }

    @Test func `Nothing is withdrawn while the cluster can't be reached`() async throws {
        let fixture = fixture()
        try unplaced(fixture)
        fixture.provider.setReachable(false)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls.isEmpty)
    }

    @Test func `The time in which the cluster is out of sight does not count`() async throws {
        let fixture = fixture(after: .seconds(60))
        try unplaced(fixture)
        #expect(await fixture.look() == .again(.seconds(60)))
        #expect(await fixture.look() != .again(.seconds(60)), "it has begun")
        fixture.provider.setReachable(false)
        #expect(await fixture.look() == .done)
        fixture.provider.setReachable(true)
        #expect(await fixture.look() == .again(.seconds(60)), "it begins anew")
        #expect(fixture.provider.calls.isEmpty)
    }

    @Test func `The pod fails when its node says that others shall rather go elsewhere`() async throws {
        let fixture = fixture()
        try unplaced(fixture)
        let shortage = try #require(fixture.controller.places).shortage
        shortage.onChange {}
        #expect(await fixture.look() == .again(.milliseconds(100)))
        #expect(fixture.provider.calls == [.withdraw("uid-1")])
        #expect(status(fixture)?["phase"] == "Pending")
        shortage.note(isShown: true)
        #expect(await fixture.look() == .done)
        #expect(status(fixture)?["phase"] == "Failed")
    }

    @Test func `A pod that fails after its node has stopped saying so makes it say so again, once`() async throws {
        let fixture = fixture()
        try unplaced(fixture)
        fixture.provider.setLive(.failure(.unavailable))
        #expect(await fixture.look() == .retry)
        let shortage = try #require(fixture.controller.places).shortage
        #expect(shortage.remaining() != nil)
        shortage.set { nil }
        fixture.provider.setLive(.success(nil))
        #expect(await fixture.look() == .again(.milliseconds(100)))
        #expect(shortage.remaining() != nil)
        #expect(status(fixture)?["phase"] == "Pending")
        shortage.set { nil }
        #expect(await fixture.look() == .done)
        #expect(status(fixture)?["phase"] == "Failed")
    }

    // MARK: - What comes after

    @Test func `The owner's next pods wait, one tries for all, and its node lets them go`() async throws {
        let fixture = fixture(after: .seconds(60))
        let owners = try #require(fixture.controller.places).owners
        let longAgo = ContinuousClock.now.advanced(by: .seconds(-120))
        owners.noteRefusal(owner: "owner-1", pod: "uid-0", words: "OutOfcpu: no", now: longAgo)
        let first = try fixture.add(PodFixture.json(metadata: PodFixture.owned()))
        try fixture.add(PodFixture.json(uid: "uid-2", name: "web-1", metadata: PodFixture.owned()))
        #expect(await fixture.look() == .done)
        guard case .again = await fixture.look(at: "uid-2") else { throw Unexpected(look: .done) }
        #expect(fixture.provider.calls == [.create("uid-1")])
        let told = fixture.condition("martlet.dev/Delegated", of: ObjectKey(namespace: "shop", name: "web-1"))
        #expect(told?["reason"] == "OwnerBackOff")
        #expect(told?["message"] == "Other pods of ReplicaSet web found no node; this one waits. OutOfcpu: no")
        fixture.provider.set(PodFixture.instance(for: first, nodeName: "worker-1"), for: "uid-1")
        await fixture.look()
        #expect(await fixture.look(at: "uid-2") == .done)
        #expect(fixture.provider.calls == [.create("uid-1"), .create("uid-2")])
    }

    @Test func `A withdrawn instance makes its owner wait`() async throws {
        let fixture = fixture()
        try unplaced(fixture)
        await fixture.look()
        let owners = try #require(fixture.controller.places).owners
        let wait = try #require(owners.pause(owner: "owner-1", pod: "uid-2", now: .now)?.wait)
        #expect(wait > .zero && wait <= .seconds(10))
        let later = ContinuousClock.now.advanced(by: .seconds(10))
        #expect(owners.pause(owner: "owner-1", pod: "uid-2", now: later) == nil, "its turn has come")
        #expect(owners.noteSuccess(owner: "owner-1", probe: "uid-2"), "it tries for all, and so there was a refusal")
    }
}
