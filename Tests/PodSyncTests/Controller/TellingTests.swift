import KubeClient
import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

/// What a pod's owner is told, and when.
@Suite(.timeLimit(.minutes(1))) struct TellingTests {
    private static let delegated = "martlet.dev/Delegated"

    @Test(arguments: [ProviderError.unavailable, .occupied, .busy])
    func `What often passes is told from the third failure in a row on`(error: ProviderError) async throws {
        let fixture = ControllerFixture()
        try fixture.add(PodFixture.json())
        fixture.provider.refuse(error)
        #expect(await fixture.look() == .retry)
        #expect(await fixture.look() == .retry)
        #expect(fixture.origin.lines.isEmpty)
        #expect(await fixture.look() == .retry)
        #expect(fixture.condition(Self.delegated)?["status"] == "False")
        #expect(fixture.condition(Self.delegated)?["reason"]?.string == error.reason)
        #expect(fixture.condition(Self.delegated)?["message"]?.string == error.message)
        #expect(try await fixture.eventReasons(count: 1) == [error.reason])
    }

    @Test func `A refusal is told at once, and once`() async throws {
        let fixture = ControllerFixture(options: .unhurried)
        try fixture.add(PodFixture.json())
        fixture.provider.refuse(.rejected)
        for _ in 1...3 { #expect(await fixture.look() == .again(.zero)) }
        #expect(fixture.origin.requests(.patch, "pods/status").count == 1)
        #expect(fixture.condition(Self.delegated)?["reason"] == "DelegateForbidden")
        #expect(try await fixture.eventReasons(count: 1) == ["DelegateForbidden"])
    }

    @Test func `What could not be written is told again`() async throws {
        let fixture = ControllerFixture(options: .unhurried)
        try fixture.add(PodFixture.json())
        fixture.provider.refuse(.rejected)
        fixture.origin.fault(.refuse(500, reason: "InternalError"), times: 1) { $0.verb == .patch }
        await fixture.look()
        #expect(fixture.condition(Self.delegated) == nil)
        await fixture.look()
        #expect(fixture.condition(Self.delegated)?["status"] == "False")
    }

    @Test func `The word is taken back once something runs for the pod`() async throws {
        let fixture = ControllerFixture(options: .unhurried)
        try fixture.add(PodFixture.json())
        fixture.provider.refuse(.rejected)
        await fixture.look()
        fixture.provider.refuse(nil)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls.suffix(1) == [.create("uid-1")])
        #expect(await fixture.look() == .done)
        #expect(fixture.condition(Self.delegated)?["status"] == "True")
    }

    @Test func `The same problem is told again after it had passed`() async throws {
        let fixture = ControllerFixture(options: .unhurried)
        try fixture.add(PodFixture.json())
        fixture.provider.refuse(.rejected)
        await fixture.look()
        fixture.provider.refuse(nil)
        await fixture.look()
        await fixture.look()
        fixture.provider.set(nil, for: "uid-1")
        fixture.provider.refuse(.rejected)
        await fixture.look()
        #expect(fixture.condition(Self.delegated)?["status"] == "False")
    }

    /// By the cluster's own reason, where it gives one.
    @Test(arguments: [nil, "EvictionByEvictionAPI"] as [String?])
    func `That a delegate was taken away and made anew is told once, a first one and one that is refused are not`(
        reason: String?
    ) async throws {
        let fixture = ControllerFixture(options: .unhurried)
        let pod = try fixture.add(PodFixture.json())
        #expect(await fixture.look() == .done)
        let conditions = reason.map { [PodFixture.disruption($0)] } ?? []
        let ending = PodFixture.instance(
            for: pod,
            isTerminating: true,
            status: ["conditions": .array(conditions)]
        )
        fixture.provider.set(ending, for: pod.uid)
        fixture.provider.set(nil, for: pod.uid)
        for _ in 1...3 { #expect(await fixture.look() == .done) }
        #expect(fixture.provider.calls == [.create("uid-1"), .create("uid-1")])
        fixture.provider.set(nil, for: pod.uid)
        fixture.provider.refuse(.rejected)
        #expect(await fixture.look() == .again(.zero))
        #expect(try await fixture.eventReasons(count: 2) == ["DelegateRecreated", "DelegateForbidden"])
        #expect(fixture.origin.requests(.patch, "events").isEmpty, "counted up")
        let message = fixture.origin.requests(.create, "events").first?.body["message"]?.string
        let cause = reason.map { " (\($0): words)" } ?? ""
        #expect(message == "The delegate was deleted in cluster us-east\(cause); another one takes its place.")
    }

    @Test func `A cluster that asks for time gets it`() async throws {
        let fixture = ControllerFixture()
        try fixture.add(PodFixture.json())
        fixture.provider.refuse(.busy)
        guard case .retry(_, let least) = await fixture.controller.reconcile("uid-1") else {
            Issue.record("it is not tried again")
            return
        }
        #expect(least == .seconds(7))
    }

    @Test func `A cluster that names no time gets the backoff`() async throws {
        let fixture = ControllerFixture()
        try fixture.add(PodFixture.json())
        fixture.provider.refuse(ProviderError(.throttled(after: nil), reason: "RemoteBusy", message: "busy"))
        #expect(await fixture.look() == .retry)
    }
}
