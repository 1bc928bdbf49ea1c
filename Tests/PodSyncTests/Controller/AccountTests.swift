import KubeClient
import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

/// What a person is told of the work on a pod.
@Suite(.timeLimit(.minutes(1))) struct AccountTests {
    @Test func `Failures in a row are counted with the last words, until a step succeeds`() async throws {
        let fixture = ControllerFixture(options: .unhurried)
        let pod = try fixture.add(PodFixture.json())
        fixture.provider.refuse(.unavailable)
        await fixture.look()
        fixture.provider.refuse(.busy)
        await fixture.look()
        let account = fixture.controller.account(of: pod)
        #expect(account.step == .create)
        #expect(account.instance == nil)
        #expect(account.failures?.count == 2)
        #expect(account.failures?.reason == "RemoteBusy")
        #expect(account.failures?.message == "busy")
        #expect(account.nextLook != nil)
        fixture.provider.refuse(nil)
        await fixture.look()
        #expect(fixture.controller.account(of: pod).failures == nil)
    }

    @Test func `A pod is not lost however often in a row its cluster can't be had`() async throws {
        let fixture = ControllerFixture(options: .unhurried)
        let pod = try fixture.add(PodFixture.json(metadata: PodFixture.owned()))
        fixture.provider.refuse(.unavailable)
        for _ in 1...25 { #expect(await fixture.look() == .retry) }
        #expect(fixture.controller.account(of: pod).failures?.count == 25)
        #expect(fixture.origin.object(.pods, pod.key)?.at("status", "phase") == "Pending")
        fixture.provider.refuse(nil)
        await fixture.look()
        #expect(fixture.provider.instance(for: pod.uid) != nil)
    }
}
