import KubeClient
import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

/// How an instance's status comes to its pod.
@Suite(.timeLimit(.minutes(1))) struct MirroringTests {
    private let fixture = ControllerFixture()

    private func run(_ pod: Pod, fingerprint: PodFingerprint? = nil) {
        let instance = PodFixture.instance(for: pod, fingerprint: fingerprint, status: readyStatus)
        fixture.provider.set(instance, for: pod.uid)
    }

    private var statusWrites: Int { fixture.origin.requests(.patch, "pods/status").count }

    @Test func `A status that is there is not written again`() async throws {
        run(try fixture.add(PodFixture.json()))
        await fixture.look()
        #expect(
            fixture.origin.object(.pods, ObjectKey(namespace: "shop", name: "web-0"))?.at("status", "phase")
                == "Running"
        )
        await fixture.look()
        #expect(statusWrites == 1)
    }

    @Test func `A patch that a server takes and ignores is not sent again for the same version`() async throws {
        let stored = fixture.origin.put(PodFixture.json())
        fixture.controller.pods.apply(.added, try Pod(json: stored))
        run(try Pod(json: stored))
        fixture.origin.fault(.answer(stored)) { $0.verb == .patch }
        #expect(await fixture.look() == .done)
        #expect(await fixture.look() == .done)
        #expect(statusWrites == 1)
        try fixture.add(PodFixture.json())
        await fixture.look()
        #expect(statusWrites == 2, "another version of the pod may take it")
    }

    @Test func `A patch whose answer is lost is sent again`() async throws {
        run(try fixture.add(PodFixture.json()))
        fixture.origin.fault(.timeout, times: 1) { $0.verb == .patch }
        #expect(await fixture.look() == .retry)
        #expect(await fixture.look() == .done)
        #expect(fixture.condition("Ready")?["status"] == "True")
    }

    @Test(arguments: [(409, "Conflict"), (404, "NotFound")])
    func `A pod that changed meanwhile is looked at again when the watch tells`(code: Int, reason: String) async throws
    {
        let pod = try fixture.add(PodFixture.json())
        run(pod)
        fixture.origin.fault(.refuse(code, reason: reason), times: 1) { $0.verb == .patch }
        while fixture.controller.queue.depth > 0 { await takeKey() }
        #expect(await fixture.look() == .done)
        #expect(fixture.controller.queue.depth == 0)
        try fixture.add(PodFixture.json(metadata: ["labels": ["new": "yes"]]))
        #expect(fixture.controller.queue.depth == 1)
    }

    @Test func `The status is told while a change of the pod is refused`() async throws {
        run(try fixture.add(PodFixture.json()), fingerprint: PodFingerprint(text: "of an earlier state"))
        fixture.provider.refuse(ProviderError(.rejected, reason: "DelegateInvalid", message: "immutable"))
        #expect(await fixture.look() == .retry)
        #expect(fixture.provider.calls == [.update("uid-1")])
        #expect(fixture.condition("Ready")?["status"] == "True")
        #expect(fixture.condition("martlet.dev/Delegated")?["reason"] == "DelegateInvalid")
    }

    private func takeKey() async {
        guard let key = await fixture.controller.queue.next() else { return }
        fixture.controller.queue.finish(key)
    }
}
