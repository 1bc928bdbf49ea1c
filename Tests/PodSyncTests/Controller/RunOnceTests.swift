import KubeClient
import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

/// Pods that may run only once: what they say before they may run, and what a later process makes of it.
@Suite(.timeLimit(.minutes(1))) struct RunOnceTests {
    private static let delegated = "martlet.dev/Delegated"
    private static let key = ObjectKey(namespace: "shop", name: "web-0")

    private func job(_ fixture: ControllerFixture<ScriptedProvider>, policy: String = "Never") throws {
        try fixture.add(PodFixture.json(spec: ["restartPolicy": .string(policy)]))
    }

    @Test(arguments: [("Never", 1), ("OnFailure", 1), ("Always", 0)])
    func `Only a pod that may run once is marked, once, before its instance is asked for`(
        policy: String,
        writes: Int
    ) async throws {
        let fixture = ControllerFixture()
        try job(fixture, policy: policy)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls == [.create("uid-1")])
        #expect(fixture.origin.requests(.patch, "pods/status").count == writes)
        #expect(fixture.condition(Self.delegated)?["status"]?.string == (writes == 1 ? "True" : nil))
    }

    @Test func `Without its mark a pod is not asked for`() async throws {
        let fixture = ControllerFixture()
        try job(fixture)
        fixture.origin.fault(.refuse(500, reason: "InternalError"), times: 1) { $0.verb == .patch }
        #expect(await fixture.look() == .retry)
        #expect(fixture.provider.instances.isEmpty)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.instances.count == 1)
    }

    @Test func `A later process does not run a marked pod again whose instance went unseen`() async throws {
        let first = ControllerFixture()
        try job(first)
        await first.look()
        let later = ControllerFixture(ScriptedProvider(), origin: first.origin)
        later.controller.pods.apply(.added, try Pod(json: try #require(first.origin.object(.pods, Self.key))))
        #expect(await later.look() == .done)
        #expect(later.provider.calls == [.live("uid-1")])
        #expect(first.origin.object(.pods, Self.key)?.at("status", "reason") == "DelegateLost")
    }

    @Test func `A refusal takes the mark back, and the next try sets it again`() async throws {
        let fixture = ControllerFixture(options: .unhurried)
        try job(fixture)
        fixture.provider.refuse(.rejected)
        await fixture.look()
        #expect(fixture.condition(Self.delegated)?["status"] == "False")
        fixture.provider.refuse(nil)
        #expect(await fixture.look() == .done)
        #expect(fixture.condition(Self.delegated)?["status"] == "True")
        #expect(fixture.provider.instances.count == 1)
    }

    private static let lost = ProviderError(
        .unavailable,
        reason: "RemoteUnavailable",
        message: "no answer",
        mayHaveHappened: true
    )

    @Test(arguments: [("Never", 1), ("OnFailure", 1), ("Always", 2)])
    func `A pod whose creation was not answered is not asked for again unless it may run again`(
        policy: String,
        creations: Int
    ) async throws {
        let fixture = ControllerFixture()
        try job(fixture, policy: policy)
        fixture.provider.refuse(Self.lost)
        #expect(await fixture.look() == .retry)
        fixture.provider.refuse(nil)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls.count { $0 == .create("uid-1") } == creations)
        let reason = fixture.origin.object(.pods, Self.key)?.at("status", "reason")
        #expect(reason?.string == (creations == 1 ? "DelegateLost" : nil))
    }

    @Test func `A pod whose instance came though its creation was not answered lives on`() async throws {
        let fixture = ControllerFixture()
        try job(fixture)
        fixture.provider.refuse(Self.lost)
        await fixture.look()
        let pod = try #require(fixture.controller.pods.get(uid: "uid-1"))
        fixture.provider.set(PodFixture.instance(for: pod, phase: .pending), for: pod.uid)
        #expect(await fixture.look() == .done)
        fixture.provider.set(nil, for: pod.uid)
        fixture.provider.refuse(nil)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls == [.create("uid-1"), .create("uid-1")], "it was seen to go, and never ran")
    }

    @Test func `A later failure does not take back the mark of a creation that was not answered`() async throws {
        let fixture = ControllerFixture()
        try job(fixture)
        fixture.provider.refuse(Self.lost)
        await fixture.look()
        let missing = ObjectKey(namespace: "shop", name: "settings")
        fixture.provider.setLive(
            .failure(ProviderError(.missing(kind: "ConfigMap", key: missing), reason: "Missing", message: "not there"))
        )
        #expect(await fixture.look() == .retry)
        #expect(fixture.condition(Self.delegated)?["status"] == "Unknown")
        #expect(fixture.condition(Self.delegated)?["reason"] == "Missing")
    }

    @Test func `A later process whose cluster does not answer leaves the mark, and runs nothing`() async throws {
        let first = ControllerFixture()
        try job(first)
        await first.look()
        let later = ControllerFixture(ScriptedProvider(), origin: first.origin)
        later.controller.pods.apply(.added, try Pod(json: try #require(first.origin.object(.pods, Self.key))))
        later.provider.setLive(.failure(.unavailable))
        for _ in 1...4 { #expect(await later.look() == .retry) }
        #expect(later.condition(Self.delegated)?["status"] == "Unknown")
        #expect(!later.provider.calls.contains(.create("uid-1")))
    }

    @Test func `A failing update does not take back the mark of the instance that is there`() async throws {
        let fixture = ControllerFixture()
        try job(fixture)
        await fixture.look()
        let pod = try #require(fixture.controller.pods.get(uid: "uid-1"))
        let earlier = PodFixture.instance(for: pod, phase: .pending, fingerprint: PodFingerprint(text: "earlier"))
        fixture.provider.set(earlier, for: pod.uid)
        fixture.provider.refuse(.unavailable)
        for _ in 1...4 { #expect(await fixture.look() == .retry) }
        #expect(fixture.condition(Self.delegated)?["status"] != "False")
    }
}
