import KubeClient
import KubeModel
import Lifecycle
import Providers
import TestSupport
import Testing

@testable import PodSync

/// The end of pods and of instances: each needs proof.
@Suite(.timeLimit(.minutes(1))) struct EndingTests {
    private let fixture = ControllerFixture()
    private let key = ObjectKey(namespace: "shop", name: "web-0")
    private let running: JSON = ["phase": "Running", "containerStatuses": [PodFixture.running()]]
    private let terminating = PodFixture.json(metadata: PodFixture.terminating(grace: 30))

    // MARK: - A pod that may run only once

    @Test func `A pod that runs only once fails when its delegate is proved to be gone`() async throws {
        try fixture.add(PodFixture.json(spec: ["restartPolicy": "Never"], status: running))
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls == [.live("uid-1")])
        #expect(fixture.origin.object(.pods, key)?.at("status", "phase") == "Failed")
        #expect(fixture.origin.object(.pods, key)?.at("status", "reason") == "DelegateLost")
    }

    @Test func `A delegate that the cache has lost is no lost delegate`() async throws {
        let pod = try fixture.add(PodFixture.json(spec: ["restartPolicy": "Never"], status: running))
        fixture.provider.setLive(.success(PodFixture.instance(for: pod)))
        #expect(await fixture.look() == .done)
        #expect(fixture.origin.lines.isEmpty)
    }

    @Test func `Without an answer no delegate is lost`() async throws {
        try fixture.add(PodFixture.json(spec: ["restartPolicy": "Never"], status: running))
        fixture.provider.setLive(.failure(.unavailable))
        #expect(await fixture.look() == .retry)
        #expect(fixture.origin.lines.isEmpty)
    }

    @Test func `Where a container has succeeded, OnFailure runs nothing again`() async throws {
        let done: JSON = ["name": "main", "state": ["terminated": ["exitCode": 0]]]
        let status: JSON = ["phase": "Running", "containerStatuses": [done, PodFixture.running("side")]]
        try fixture.add(PodFixture.json(spec: ["restartPolicy": "OnFailure"], status: status))
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls == [.live("uid-1")])
        #expect(fixture.origin.object(.pods, key)?.at("status", "reason") == "DelegateLost")
    }

    // MARK: - Release

    @Test func `A pod goes, by its UID, when nothing runs for it`() async throws {
        try fixture.add(terminating)
        #expect(await fixture.look() == .done)
        let deletion = try #require(fixture.origin.requests(.delete, "pods").first)
        #expect(deletion.key == key)
        #expect(deletion.body.at("preconditions", "uid") == "uid-1")
        #expect(deletion.body["gracePeriodSeconds"] == 0)
        #expect(fixture.origin.object(.pods, key) == nil)
    }

    @Test func `A pod goes without another look when its cluster has told the end`() async throws {
        try fixture.add(terminating)
        fixture.provider.prove("uid-1")
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls.isEmpty)
        #expect(fixture.origin.object(.pods, key) == nil)
    }

    @Test(arguments: [(409, "Conflict"), (404, "NotFound")])
    func `A pod that went by other hands, or has a successor, is let be`(code: Int, reason: String) async throws {
        try fixture.add(terminating)
        fixture.origin.fault(.refuse(code, reason: reason)) { $0.verb == .delete }
        #expect(await fixture.look() == .done)
    }

    @Test func `A pod stays while something runs for it that the cache does not know`() async throws {
        let pod = try fixture.add(terminating)
        fixture.provider.setLive(.success(PodFixture.instance(for: pod)))
        #expect(await fixture.look() == .retry)
        #expect(fixture.provider.calls == [.live("uid-1"), .delete("uid-1", grace: 30)])
        #expect(fixture.origin.lines.isEmpty)
    }

    @Test func `A pod stays while its cluster gives no answer`() async throws {
        try fixture.add(terminating)
        fixture.provider.setLive(.failure(.unavailable))
        #expect(await fixture.look() == .retry)
        #expect(fixture.origin.lines.isEmpty)
    }

    @Test func `A pod that waits for finalizers only is left alone`() async throws {
        try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: 0)))
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls.isEmpty)
        #expect(fixture.origin.lines.isEmpty)
    }

    // MARK: - Orphans

    private func addOrphan(isTerminating: Bool = false, grace: Int64? = nil) throws {
        let pod = try PodFixture.pod()
        let instance = PodFixture.instance(for: pod, isTerminating: isTerminating, grace: grace)
        fixture.provider.set(instance, for: pod.uid)
    }

    @Test func `An instance ends when the origin says that its pod is gone`() async throws {
        try addOrphan()
        #expect(await fixture.look() == .done)
        #expect(fixture.origin.lines == ["get pods shop/web-0"])
        #expect(fixture.provider.calls == [.delete("uid-1", grace: nil)])
    }

    @Test(arguments: [
        ScriptedCluster.Fault.bare(404), .bare(502), .refuse(500, reason: "InternalError"), .timeout, .unreachable,
        .refuse(403, reason: "Forbidden"),
    ])
    func `Nothing else is proof that a pod is gone`(fault: ScriptedCluster.Fault) async throws {
        try addOrphan()
        fixture.origin.fault(fault) { $0.verb == .get }
        #expect(await fixture.look() == .retry)
        #expect(fixture.provider.calls.isEmpty)
    }

    /// The pod that the origin has, and whether the instance ends.
    @Test(
        arguments: [
            (PodFixture.json(), false),
            (PodFixture.json(uid: "uid-2"), true),
            (PodFixture.json(spec: ["nodeName": "us-west"]), true),
        ] as [(JSON, Bool)]
    )
    func `The origin's pod of that name must be this very one, on this node`(pod: JSON, ends: Bool) async throws {
        try addOrphan()
        fixture.origin.put(pod)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls.isEmpty == !ends)
    }

    /// The grace with which the pod went, the grace that its delegate was given, and what is asked of it.
    @Test(
        arguments: [
            (0, 30, .delete("uid-1", grace: 0)), (5, 30, .delete("uid-1", grace: 5)), (30, 30, nil), (60, 30, nil),
        ] as [(Int64, Int64, ScriptedProvider.Call?)]
    )
    func `A force deletion after a graceful one travels to the delegate`(
        final: Int64,
        given: Int64,
        call: ScriptedProvider.Call?
    ) async throws {
        let pod = try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: final)))
        try addOrphan(isTerminating: true, grace: given)
        fixture.origin.remove(.pods, key)
        fixture.controller.pods.apply(.deleted, pod)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls == [call].compactMap { $0 })
    }

    @Test func `A shortened grace travels while the pod is still there`() async throws {
        let pod = try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: 1)))
        fixture.provider.set(PodFixture.instance(for: pod, isTerminating: true, grace: 30), for: pod.uid)
        await fixture.look()
        #expect(fixture.provider.calls == [.delete("uid-1", grace: 1)])
    }
}

/// Instances that somebody in the cluster takes away.
@Suite(.timeLimit(.minutes(1))) struct RecreationTests {
    @Test func `One that is taken away at once is not made again at once`() async throws {
        let hour = Duration.seconds(3600)
        let fixture = ControllerFixture(options: PodSyncOptions(recreation: Backoff(base: hour, cap: hour)))
        try fixture.add(PodFixture.json())
        #expect(await fixture.look() == .done)
        fixture.provider.set(nil, for: "uid-1")
        guard case .again(let pause) = await fixture.look() else {
            Issue.record("made again at once")
            return
        }
        #expect(pause > hour / 2 && pause <= hour)
        #expect(fixture.provider.calls == [.create("uid-1")])
    }

    @Test func `The pause grows with each that did not last`() {
        let memory = PodMemory()
        let backoff = Backoff(base: .seconds(1), cap: .seconds(300))
        let start = ContinuousClock.now
        #expect(memory.pauseBeforeCreation(of: "uid-1", now: start, backoff: backoff) == nil)
        memory.noteCreation(of: "uid-1", now: start)
        #expect(memory.pauseBeforeCreation(of: "uid-1", now: start, backoff: backoff) == .seconds(1))
        #expect(memory.pauseBeforeCreation(of: "uid-1", now: start + .seconds(1), backoff: backoff) == nil)
        memory.noteCreation(of: "uid-1", now: start + .seconds(1))
        #expect(memory.pauseBeforeCreation(of: "uid-1", now: start + .seconds(1), backoff: backoff) == .seconds(2))
        let later = start + .seconds(302)
        #expect(memory.pauseBeforeCreation(of: "uid-1", now: later, backoff: backoff) == nil)
        memory.noteCreation(of: "uid-1", now: later)
        #expect(memory.pauseBeforeCreation(of: "uid-1", now: later, backoff: backoff) == .seconds(1))
    }
}
