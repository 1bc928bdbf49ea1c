import KubeClient
import KubeModel
import Lifecycle
import Providers
import TestSupport
import Testing

@testable import PodSync

/// Pods that their cluster does not take: when they fail, when they wait, and what they say.
@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
    private static let owned: JSON = [
        "ownerReferences": [
            ["apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "rs-1", "controller": true]
        ]
    ]

    private func status(_ fixture: ControllerFixture<ScriptedProvider>, _ name: String = "web-0") -> JSON? {
        fixture.origin.object(.pods, ObjectKey(namespace: "shop", name: name))?["status"]
    }

    @Test func `A pod that can't run here fails at once, in the words of its refusal`() async throws {
        let fixture = ControllerFixture()
        try fixture.add(PodFixture.json())
        fixture.provider.refuse(.refused)
        #expect(await fixture.look() == .done)
        #expect(status(fixture)?["phase"] == "Failed")
        #expect(status(fixture)?["reason"] == "HostPortRefused")
        #expect(status(fixture)?["message"] == "Pod was rejected: host ports are refused")
        #expect(fixture.condition("Ready")?["status"] == "False")
        #expect(try await fixture.eventReasons(count: 1) == ["HostPortRefused"])
    }

    @Test func `A pod that is not meant for the cluster stays pending, and says so once`() async throws {
        let fixture = ControllerFixture()
        try fixture.add(PodFixture.json())
        fixture.provider.refuse(ProviderError(.ignored, reason: "DaemonSetIgnored", message: "not here"))
        #expect(await fixture.look() == .done)
        #expect(status(fixture)?["phase"] == "Pending")
        #expect(fixture.condition("martlet.dev/Delegated")?["reason"] == "DaemonSetIgnored")
        #expect(await fixture.look() == .done)
        #expect(try await fixture.eventReasons(count: 1) == ["DaemonSetIgnored"])
    }

    @Test func `A failed pod is not tried again`() async throws {
        let fixture = ControllerFixture(options: .unhurried)
        try fixture.add(PodFixture.json())
        fixture.provider.refuse(.refused)
        await fixture.look()
        fixture.provider.refuse(nil)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls == [.create("uid-1"), .live("uid-1")])
    }

    @Test(
        arguments: [
            ["phase": "Pending", "startTime": "2026-11-21T06:00:00Z"],
            ["phase": "Running", "containerStatuses": [PodFixture.running()]],
        ] as [JSON]
    )
    func `A pod that may have run is not failed by a refusal`(_ taken: JSON) async throws {
        let fixture = ControllerFixture()
        try fixture.add(PodFixture.json(status: taken))
        fixture.provider.refuse(.refused)
        #expect(await fixture.look() == .again(.seconds(300)))
        #expect(status(fixture)?["phase"] == taken["phase"])
        #expect(fixture.condition("martlet.dev/Delegated")?["reason"] == "HostPortRefused")
    }

    /// Of a pod that has a controller and has run: one that may run again is replaced, one that may not is lost.
    @Test(arguments: [("Always", "HostPortRefused"), ("OnFailure", "DelegateLost"), ("Never", "DelegateLost")])
    func `A pod that has run and may run again fails for its controller to replace it`(
        policy: String,
        reason: String
    ) async throws {
        let fixture = ControllerFixture()
        let status: JSON = ["phase": "Running", "containerStatuses": [PodFixture.running()]]
        let spec: JSON = ["restartPolicy": .string(policy)]
        try fixture.add(PodFixture.json(metadata: Self.owned, spec: spec, status: status))
        fixture.provider.refuse(.refused)
        await fixture.look()
        #expect(self.status(fixture)?["phase"] == "Failed")
        #expect(self.status(fixture)?["reason"]?.string == reason)
    }

    @Test func `A change that waits for something is brought as soon as that is there`() async throws {
        let options = PodSyncOptions(refusal: Backoff(base: .seconds(60), cap: .seconds(60)))
        let fixture = ControllerFixture(options: options)
        let pod = try fixture.add(PodFixture.json(status: ["phase": "Running"]))
        let earlier = PodFixture.instance(for: pod, fingerprint: PodFingerprint(text: "of an earlier state"))
        fixture.provider.set(earlier, for: pod.uid)
        let key = ObjectKey(namespace: "shop", name: "settings")
        fixture.provider.refuse(
            ProviderError(
                .missing(kind: "ConfigMap", key: key),
                reason: "MandatoryConfigMapNotFound",
                message: "not there"
            )
        )
        #expect(await fixture.look() == .retry)
        #expect(fixture.condition("martlet.dev/Updated")?["reason"] == "MandatoryConfigMapNotFound")
        fixture.provider.refuse(nil)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls == [.update("uid-1"), .update("uid-1")])
    }

    @Test func `A pod is not failed while the answer to an earlier creation may have been lost`() async throws {
        let fixture = ControllerFixture()
        let pod = try fixture.add(PodFixture.json())
        fixture.provider.refuse(.refused)
        fixture.provider.setLive(.success(PodFixture.instance(for: pod)))
        #expect(await fixture.look() == .done)
        #expect(status(fixture)?["phase"] == "Pending")
        fixture.provider.setLive(.failure(.unavailable))
        #expect(await fixture.look() == .retry)
        #expect(status(fixture)?["phase"] == "Pending")
    }

    // MARK: - Policy of the cluster

    @Test func `A controller's pod fails after so many refusals`() async throws {
        var options = PodSyncOptions.unhurried
        options.maxRefusals = 3
        let fixture = ControllerFixture(options: options)
        try fixture.add(PodFixture.json(metadata: Self.owned))
        fixture.provider.refuse(.rejected)
        for _ in 1...2 { #expect(await fixture.look() == .again(.zero)) }
        #expect(status(fixture)?["phase"] == "Pending")
        #expect(await fixture.look() == .done)
        #expect(status(fixture)?["phase"] == "Failed")
        #expect(status(fixture)?["reason"] == "DelegateForbidden")
        #expect(
            status(fixture)?["message"] == "Pod was rejected: Refused 3 times by cluster us-east. quota"
        )
    }

    @Test(arguments: [(PodFixture.json(), 2), (PodFixture.json(metadata: owned), 0)])
    func `A pod waits for ever where nobody would replace it, or nobody wants that`(
        _ pod: JSON,
        limit: Int
    ) async throws {
        var options = PodSyncOptions.unhurried
        options.maxRefusals = limit
        let fixture = ControllerFixture(options: options)
        try fixture.add(pod)
        fixture.provider.refuse(.rejected)
        for _ in 1...20 { #expect(await fixture.look() == .again(.zero)) }
        #expect(status(fixture)?["phase"] == "Pending")
    }

    @Test func `A refused pod is not tried again before its time, unless it has changed`() async throws {
        let options = PodSyncOptions(refusal: Backoff(base: .seconds(60), cap: .seconds(60)))
        let fixture = ControllerFixture(options: options)
        try fixture.add(PodFixture.json())
        fixture.provider.refuse(.rejected)
        for _ in 1...3 { await fixture.look() }
        #expect(fixture.provider.calls == [.create("uid-1")])
        let told = try #require(fixture.origin.object(.pods, ObjectKey(namespace: "shop", name: "web-0")))
        fixture.controller.pods.apply(.modified, try Pod(json: told))
        try fixture.add(PodFixture.json(metadata: ["labels": ["tier": "gold"]]))
        await fixture.look()
        #expect(fixture.provider.calls == [.create("uid-1"), .create("uid-1")])
    }

    // MARK: - Owners

    @Test func `The next pod of a refused owner waits and says so, and a success lets all try`() async throws {
        let options = PodSyncOptions(ownerBackoff: Backoff(base: .seconds(60), cap: .seconds(60)))
        let fixture = ControllerFixture(options: options)
        try fixture.add(PodFixture.json(metadata: Self.owned))
        fixture.provider.refuse(.refused)
        await fixture.look()
        fixture.provider.refuse(nil)
        try fixture.add(PodFixture.json(uid: "uid-2", name: "web-1", metadata: Self.owned))
        guard case .again(let wait) = await fixture.look(at: "uid-2") else {
            Issue.record("the pod did not wait")
            return
        }
        #expect(wait > .seconds(30) && wait <= .seconds(60))
        #expect(!fixture.provider.calls.contains(.create("uid-2")))
        let condition = fixture.condition(
            "martlet.dev/Delegated",
            of: ObjectKey(namespace: "shop", name: "web-1")
        )
        #expect(condition?["reason"] == "OwnerBackOff")
        try fixture.add(PodFixture.json(uid: "uid-3", name: "other"))
        #expect(await fixture.look(at: "uid-3") == .done)
        #expect(fixture.provider.calls.contains(.create("uid-3")))
    }
}
