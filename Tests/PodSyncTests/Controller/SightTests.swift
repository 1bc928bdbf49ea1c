import KubeClient
import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

/// A cluster that is lost and comes back, and an origin that has forgotten its pods.
@Suite(.timeLimit(.minutes(1))) struct SightTests {
    private static let ready: JSON = ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]]

    private func settlements(_ fixture: ControllerFixture<ScriptedProvider>) -> AsyncStream<SettlementState>.Iterator {
        fixture.controller.settled.makeAsyncIterator()
    }

    // MARK: - While it is lost

    @Test func `A pod that is to go says that it waits for the proof, once, and how to do without`() async throws {
        let fixture = ControllerFixture()
        let pod = try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: 30), status: Self.ready))
        fixture.provider.set(PodFixture.instance(for: pod, status: readyStatus), for: pod.uid)
        fixture.provider.setReachable(false)
        await fixture.look()
        let condition = try #require(fixture.condition("martlet.dev/Reachable"))
        #expect(condition["status"] == "False")
        #expect(condition["reason"] == "RemoteUnreachable")
        #expect(condition["message"]?.string?.contains("--force") == true)
        #expect(fixture.condition("Ready")?["status"] == "False")
        #expect(try await fixture.eventReasons(count: 1) == ["DeletionWaits"])
        await fixture.look()
        #expect(fixture.origin.requests(.patch, "pods/status").count == 1)
        fixture.provider.setReachable(true)
        await fixture.look()
        #expect(fixture.provider.calls == [.delete("uid-1", grace: 30)])
    }

    @Test func `A held pod is not ready, says why, and is again what its delegate is on the return`() async throws {
        let fixture = ControllerFixture(options: PodSyncOptions(holdsPods: true))
        let pod = try fixture.add(PodFixture.json(status: Self.ready))
        fixture.provider.set(PodFixture.instance(for: pod, status: readyStatus), for: pod.uid)
        fixture.provider.setReachable(false)
        await fixture.look()
        #expect(fixture.condition("Ready")?["status"] == "False")
        #expect(fixture.condition("Ready")?["message"]?.string?.contains("onLost: hold") == true)
        #expect(fixture.condition("martlet.dev/Reachable")?["status"] == "False")
        fixture.provider.setReachable(true)
        await fixture.look()
        #expect(fixture.condition("Ready")?["status"] == "True")
        #expect(fixture.condition("martlet.dev/Reachable") == nil)
    }

    /// Whether the pod is to go, has finished and is held, and the conditions that it gets.
    @Test(
        arguments: [
            (false, false, false, ["martlet.dev/Reachable", "Ready"]),
            (false, false, true, ["martlet.dev/Reachable", "Ready"]),
            (true, false, false, ["martlet.dev/Reachable", "Ready"]),
            (true, true, false, ["martlet.dev/Reachable"]), (false, true, false, []), (false, true, true, []),
        ] as [(Bool, Bool, Bool, [String])]
    )
    func `What a pod says by its state`(isEnding: Bool, isDone: Bool, isHeld: Bool, types: [String]) throws {
        let metadata = isEnding ? PodFixture.terminating(grace: 30) : [:]
        let pod = try PodFixture.pod(metadata: metadata, status: ["phase": isDone ? "Succeeded" : "Running"])
        let statement = OutageStatement(pod: pod, cluster: "us-east", isHeld: isHeld, reason: "RemoteUnreachable")
        let changes = statement.changes(to: [])
        #expect(changes.compactMap { $0["type"]?.string } == types)
        #expect(changes.allSatisfy { $0["status"] == "False" && $0["reason"] == "RemoteUnreachable" })
        #expect(statement.changes(to: changes).isEmpty, "said once, not again")
        #expect(statement.message.contains("--force") == isEnding)
    }

    // MARK: - On its return

    @Test func `What ended meanwhile comes first, and only then is it settled`() async throws {
        let fixture = ControllerFixture()
        let going = try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: 30)))
        fixture.provider.set(PodFixture.instance(for: going), for: going.uid)
        let staying = try fixture.add(PodFixture.json(uid: "uid-2", name: "web-1"))
        fixture.provider.set(PodFixture.instance(for: staying), for: staying.uid)
        fixture.provider.setReachable(false)
        fixture.controller.noteInView()
        fixture.provider.setReachable(true)
        await fixture.look(at: "uid-2")
        await fixture.look(at: "uid-1")
        #expect(fixture.provider.calls.contains(.delete("uid-1", grace: 30)))
        #expect(fixture.isAwaited("uid-1"))
        fixture.provider.set(nil, for: "uid-1")
        await fixture.look(at: "uid-1")
        var changes = settlements(fixture)
        #expect(await changes.next() == .settled)
        fixture.provider.setReachable(false)
        #expect(await changes.next() == .clusterUnseen)
    }

    @Test func `A delegate that can't be ended, or still ends, keeps it from being settled`() async throws {
        let fixture = ControllerFixture()
        let going = try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: 30)))
        fixture.provider.set(PodFixture.instance(for: going), for: going.uid)
        fixture.controller.noteInView()
        fixture.provider.refuse(.unavailable)
        #expect(await fixture.look() == .retry)
        #expect(fixture.isAwaited("uid-1"), "nothing was asked to end")
        fixture.provider.refuse(nil)
        #expect(await fixture.look() == .done)
        #expect(fixture.isAwaited("uid-1"), "it was asked to end, and runs on")
        fixture.provider.set(nil, for: going.uid)
        #expect(await fixture.look() == .done)
        var changes = settlements(fixture)
        #expect(await changes.next() == .settled)
    }

    @Test func `A delegate whose node is lost keeps no cluster from being settled`() async throws {
        let fixture = ControllerFixture()
        let going = try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: 30)))
        fixture.provider.set(PodFixture.instance(for: going, nodeName: "worker-1"), for: going.uid)
        fixture.provider.lose("worker-1")
        fixture.controller.noteInView()
        #expect(await fixture.look() == .done)
        var changes = settlements(fixture)
        #expect(await changes.next() == .settled)
    }

    @Test func `A pod that the origin can't be asked for keeps it from being settled`() async throws {
        let fixture = ControllerFixture()
        let gone = try Pod(json: PodFixture.json())
        fixture.provider.set(PodFixture.instance(for: gone), for: gone.uid)
        fixture.controller.noteInView()
        fixture.origin.fault(.refuse(500, reason: "InternalError")) { $0.verb == .get }
        #expect(await fixture.look() == .retry)
        #expect(fixture.isAwaited("uid-1"), "nobody knows whether it is given up")
        fixture.origin.endFaults()
        await fixture.look()
        #expect(fixture.provider.calls == [.delete("uid-1", grace: nil)])
        fixture.provider.set(nil, for: gone.uid)
        await fixture.look()
        var changes = settlements(fixture)
        #expect(await changes.next() == .settled)
    }

    @Test func `Nothing is settled before both sides have been listed`() async throws {
        let fixture = ControllerFixture()
        fixture.provider.setReachable(false)
        fixture.provider.setReachable(true)
        fixture.controller.settlement.lose(.clusterUnseen)
        fixture.controller.noteInView()
        var changes = settlements(fixture)
        #expect(await changes.next() == .settled)
    }

    // MARK: - Orphans by the dozen

    private func orphans(_ count: Int, in fixture: ControllerFixture<ScriptedProvider>) throws -> [Pod] {
        try (0..<count).map { number in
            let pod = try Pod(json: PodFixture.json(uid: "uid-\(number)", name: "web-\(number)"))
            fixture.provider.set(PodFixture.instance(for: pod), for: pod.uid)
            return pod
        }
    }

    private func lookAtAll(_ count: Int, _ fixture: ControllerFixture<ScriptedProvider>) async {
        for number in 0..<count { await fixture.look(at: "uid-\(number)") }
    }

    @Test func `An origin that knows none of many pods ends none of their delegates until a person says so`()
        async throws
    {
        let fixture = ControllerFixture()
        _ = try orphans(10, in: fixture)
        await lookAtAll(10, fixture)
        #expect(fixture.provider.calls.isEmpty)
        #expect(fixture.origin.lines.isEmpty, "the origin is not even asked")
        let notice = try #require(fixture.controller.brake.notice)
        #expect(notice.orphans == 10)
        fixture.controller.brake.confirm(notice.token)
        await lookAtAll(10, fixture)
        #expect(fixture.provider.calls.count == 10)
        #expect(fixture.controller.brake.notice == nil)
    }

    /// How the pods went, and whether that is explanation enough.
    @Test(arguments: [("watch", true), ("terminating", true), ("list", false)])
    func `Pods that are seen to go are no surprise, however many`(way: String, ends: Bool) async throws {
        let fixture = ControllerFixture()
        let pods = try orphans(10, in: fixture)
        for pod in pods {
            var json = try pod.json()
            if way == "terminating" { json["metadata"]?["deletionTimestamp"] = "2026-11-21T06:00:00Z" }
            fixture.controller.pods.apply(.added, try Pod(json: json))
        }
        if way == "watch" {
            for pod in pods { fixture.controller.pods.apply(.deleted, pod) }
        } else {
            fixture.controller.pods.replace([], resourceVersion: "900")
        }
        await lookAtAll(10, fixture)
        #expect(fixture.provider.calls.count == (ends ? 10 : 0))
    }

    @Test func `What has finished runs nothing and is no reason to brake`() async throws {
        let fixture = ControllerFixture()
        for number in 0..<10 {
            let pod = try Pod(json: PodFixture.json(uid: "uid-\(number)", name: "web-\(number)"))
            fixture.provider.set(PodFixture.instance(for: pod, phase: .succeeded), for: pod.uid)
        }
        await lookAtAll(10, fixture)
        #expect(fixture.provider.calls.count == 10)
    }

    @Test func `While too many instances have no pod, nothing that pods need is taken away`() async throws {
        let fixture = ControllerFixture()
        for number in 0..<30 {
            let pod = try Pod(json: PodFixture.json(uid: "uid-\(number)", name: "web-\(number)"))
            fixture.provider.set(PodFixture.instance(for: pod), for: pod.uid)
        }
        #expect(fixture.controller.judgeOrphans() == false)
        #expect(fixture.provider.holds == [true])
        fixture.controller.brake.confirm(try #require(fixture.controller.brake.notice).token)
        #expect(fixture.provider.holds == [true, false])
        #expect(fixture.controller.judgeOrphans())
        #expect(fixture.provider.holds.last == false)
    }
}
