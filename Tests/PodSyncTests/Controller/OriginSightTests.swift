import KubeClient
import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

/// An origin that was out of reach for so long that it may have given up the node and its pods.
@Suite(.timeLimit(.minutes(1))) struct OriginSightTests {
    @Test func `Its pods are listed at once on its return, and what it gave up ends before all is settled`()
        async throws
    {
        // It stands still: the back-off of the pods' watch does not end by itself.
        let fixture = ControllerFixture(ScriptedProvider(), clock: ManualClock())
        let (origin, provider) = (fixture.origin, fixture.provider)
        let pod = try Pod(json: origin.put(PodFixture.json()))
        provider.set(PodFixture.instance(for: pod), for: pod.uid)
        provider.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.controller.run() }
            var changes = fixture.controller.settled.makeAsyncIterator()
            #expect(await changes.next() == .settled)
            try await origin.until { !$0.requests(.watch, "pods").isEmpty }
            origin.fault(.unreachable) { $0.verb == .list || $0.verb == .watch }
            origin.breakWatches(of: "pods")
            origin.remove(.pods, pod.key)
            fixture.controller.originTurned(isInSight: false)
            #expect(await changes.next() == .originUnseen)
            origin.endFaults()
            origin.clearRequests()
            fixture.controller.originTurned(isInSight: true)
            try await provider.until { $0.calls.contains(.delete("uid-1", grace: nil)) }
            let list = try #require(origin.requests(.list, "pods").first)
            #expect(list.query["resourceVersion"] == nil, "what is there is read from the store itself")
            provider.set(nil, for: "uid-1")
            #expect(await changes.next() == .settled)
            group.cancelAll()
        }
    }

    @Test func `A watch of the time before the outage tells nothing of it`() async {
        let fixture = ControllerFixture()
        fixture.controller.noteInView()
        var changes = fixture.controller.settled.makeAsyncIterator()
        #expect(await changes.next() == .settled)
        fixture.controller.originTurned(isInSight: false)
        fixture.controller.originAnswered(after: 0)
        #expect(await changes.next() == .originUnseen)
        fixture.controller.originAnswered(after: 1)
        #expect(await changes.next() == .settled)
    }
}
