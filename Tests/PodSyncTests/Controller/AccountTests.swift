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
}
