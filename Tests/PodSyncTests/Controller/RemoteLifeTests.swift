import KubeClient
import KubeModel
import Lifecycle
import TestSupport
import Testing

@testable import PodSync
@testable import Providers

/// The controller and a remote cluster together, step by step: what one takes for proof, the other must have proved.
@Suite(.timeLimit(.minutes(1))) struct RemoteLifeTests {
    private static let key = ObjectKey(namespace: "shop", name: "web-0")
    private let remote: ScriptedCluster
    /// By which the remote's pauses pass.
    private let clock = ManualClock()
    private let fixture: ControllerFixture<RemoteCluster>

    init() {
        let origin = ScriptedCluster("origin")
        remote = ScriptedCluster(
            "us-east",
            objects: [["kind": "Namespace", "metadata": ["name": "shop", "uid": "ns-1"]]]
        )
        let provider = RemoteCluster(
            name: "us-east",
            client: remote.client(budget: RequestBudget(.unlimited, clock: clock)),
            origin: origin.client(),
            sources: DependentSources(client: origin.client(), logger: origin.logger, metrics: origin.metrics),
            identity: DelegateIdentity(originID: "origin-1", nodeName: "us-east"),
            events: EventRecorder(
                client: origin.client(),
                component: "martlet",
                logger: origin.logger,
                metrics: origin.metrics
            ),
            logger: remote.logger,
            metrics: remote.metrics
        )
        provider.cache.store.replace([], resourceVersion: "1")
        _ = provider.source.health.answered(version: "v1.31.2", took: .milliseconds(1), wait: .milliseconds(1))
        let options = PodSyncOptions(recreation: Backoff(base: .zero, cap: .zero))
        fixture = ControllerFixture(provider, origin: origin, options: options)
    }

    private var delegate: JSON? { remote.object(.pods, Self.key) }

    /// What the remote's kubelet does: the delegate has this status, and the watch tells.
    private func report(_ status: JSON) throws {
        var object = try #require(delegate)
        fixture.provider.cache.store.apply(.added, try Delegate(json: object))
        object["status"] = status
        let stored = try Delegate(json: remote.put(object))
        fixture.provider.cache.store.apply(.modified, stored)
    }

    /// A list that has no delegate.
    private func listNothing() {
        fixture.provider.cache.store.replace([], resourceVersion: "2")
    }

    private static let running: JSON = [
        "phase": "Running", "startTime": "2026-11-21T06:00:00Z",
        "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": "2026-11-21T06:00:00Z"]],
        "containerStatuses": [PodFixture.running()],
    ]

    @Test func `A pod gets a delegate whose status becomes its own`() async throws {
        try fixture.add(PodFixture.json())
        #expect(await fixture.look() == .done)
        #expect(delegate?.at("metadata", "labels", "martlet.dev/pod-uid") == "uid-1")
        try report(Self.running)
        #expect(await fixture.look() == .done)
        #expect(fixture.origin.object(.pods, Self.key)?.at("status", "phase") == "Running")
        #expect(fixture.condition("Ready")?["status"] == "True")
    }

    @Test func `A remote that asks for four seconds is asked again when they are over, and not before`() async throws {
        remote.fault(.refuse(429, reason: "TooManyRequests", retryAfter: 4)) {
            $0.verb == .create && $0.resource == "pods"
        }
        try fixture.add(PodFixture.json())
        let controller = fixture.controller
        let queue = WorkQueue<UID>(name: "busy", clock: clock, metrics: remote.metrics)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await queue.run(workers: 1) { await controller.reconcile($0) } }
            queue.add("uid-1")
            for tries in 1...3 {
                try await remote.until { $0.requests(.create, "pods").count == tries }
                await clock.waitForSleepers()
                clock.advance(by: Duration.seconds(4) - .nanoseconds(1))
                #expect(clock.sleeperCount == 1, "try \(tries + 1) comes too soon")
                clock.advance(by: .nanoseconds(1))
            }
            group.cancelAll()
        }
    }

    @Test func `A delegate that the cache does not know is found and kept`() async throws {
        try fixture.add(PodFixture.json(spec: ["restartPolicy": "Never"], status: Self.running))
        let identity = DelegateIdentity(originID: "origin-1", nodeName: "us-east")
        remote.put([
            "kind": "Pod",
            "metadata": ["name": "web-0", "namespace": "shop", "labels": JSON(identity.labels(podUID: "uid-1"))],
            "status": Self.running,
        ])
        #expect(await fixture.look() == .done)
        #expect(fixture.origin.lines.isEmpty)
        #expect(fixture.provider.instance(for: "uid-1")?.phase == .running)
    }

    @Test func `A delegate that came and went while its creation was not answered is not made again`() async throws {
        try fixture.add(PodFixture.json(spec: ["restartPolicy": "Never"]))
        remote.fault(.loseAnswer, times: 1) { $0.verb == .create && $0.resource == "pods" }
        #expect(await fixture.look() == .retry)
        #expect(delegate != nil)
        remote.remove(.pods, Self.key)
        listNothing()
        #expect(await fixture.look() == .done)
        #expect(delegate == nil)
        #expect(fixture.origin.object(.pods, Self.key)?.at("status", "reason") == "DelegateLost")
    }

    /// Answers that say that nothing was stored.
    @Test(arguments: [
        ScriptedCluster.Fault.unreachable, .bare(404), .refuse(429, reason: "TooManyRequests"),
        .refuse(409, reason: "Conflict", message: "Operation cannot be fulfilled on resourcequotas"),
        .refuse(500, reason: "InternalError", message: "failed calling webhook \"a.example\": refused"),
    ])
    func `A creation that went no further is sent again, also of a pod that may run once`(
        fault: ScriptedCluster.Fault
    ) async throws {
        try fixture.add(PodFixture.json(spec: ["restartPolicy": "Never"]))
        remote.fault(fault, times: 1) { $0.verb == .create && $0.resource == "pods" }
        await fixture.look()
        listNothing()
        #expect(await fixture.look() == .done)
        #expect(delegate != nil)
    }

    @Test func `A pod is not let go by the word of a proxy`() async throws {
        try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: 30)))
        remote.fault(.bare(404), times: 1) { $0.verb == .get && $0.resource == "pods" }
        #expect(await fixture.look() == .retry)
        #expect(fixture.origin.lines.isEmpty)
        #expect(await fixture.look() == .done)
        #expect(fixture.origin.lines == ["delete pods shop/web-0"])
    }

    @Test func `A pod is not let go while a delegate without its marks runs on`() async throws {
        try fixture.add(PodFixture.json())
        await fixture.look()
        var object = try #require(delegate)
        for label in ["origin", "node", "owner", "pod-uid"] {
            object["metadata"]?["labels"]?["martlet.dev/\(label)"] = nil
        }
        remote.put(object)
        listNothing()
        try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: 30)))
        #expect(await fixture.look() == .retry)
        #expect(fixture.origin.requests(.delete, "pods").isEmpty)
        #expect(fixture.condition("martlet.dev/Delegated")?["reason"] == "DelegateMarksRemoved")
        remote.remove(.pods, Self.key)
        #expect(await fixture.look() == .done)
        #expect(fixture.origin.requests(.delete, "pods").count == 1)
    }

    @Test func `A pod ends with its grace and goes when its delegate is gone`() async throws {
        try fixture.add(PodFixture.json())
        await fixture.look()
        try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: 20)))
        #expect(await fixture.look() == .done)
        #expect(delegate?.at("metadata", "deletionGracePeriodSeconds") == 20)
        #expect(fixture.origin.requests(.delete, "pods").isEmpty)
        remote.remove(.pods, Self.key)
        listNothing()
        #expect(await fixture.look() == .done)
        #expect(fixture.origin.requests(.delete, "pods").first?.body.at("preconditions", "uid") == "uid-1")
    }

    @Test func `A pod that is deleted by force takes its ending delegate along`() async throws {
        try fixture.add(PodFixture.json())
        await fixture.look()
        let pod = try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: 20)))
        await fixture.look()
        let forced = try fixture.add(PodFixture.json(metadata: PodFixture.terminating(grace: 0)))
        #expect(forced.uid == pod.uid)
        fixture.origin.remove(.pods, Self.key)
        fixture.controller.pods.apply(.deleted, forced)
        #expect(await fixture.look() == .done)
        #expect(remote.requests(.delete, "pods").map { $0.body["gracePeriodSeconds"]?.int } == [20, 0])
        #expect(delegate == nil)
    }

    @Test func `A delegate that somebody deletes is made again, with its restarts`() async throws {
        try fixture.add(PodFixture.json())
        await fixture.look()
        try report([
            "phase": "Running", "containerStatuses": [PodFixture.running(restarts: 2)],
        ])
        await fixture.look()
        let first = delegate?.at("metadata", "uid")
        remote.remove(.pods, Self.key)
        listNothing()
        #expect(await fixture.look() == .done)
        #expect(delegate != nil)
        #expect(delegate?.at("metadata", "uid") != first)
        #expect(delegate?.at("metadata", "annotations", "martlet.dev/restart-base") != nil)
    }

    // MARK: - At work

    /// What the remote's kubelet does at the end of a delegate's grace.
    private func finish(_ key: ObjectKey) throws {
        var object = try #require(remote.object(.pods, key))
        object["metadata"]?["deletionGracePeriodSeconds"] = 0
        remote.put(object)
        remote.remove(.pods, key)
    }

    @Test func `A hundred pods live and end through their delegates, each made and asked to end once`() async throws {
        let names = (0..<100).map { "web-\($0)" }
        let keys = names.map { ObjectKey(namespace: "shop", name: $0) }
        let (origin, remote) = (fixture.origin, remote)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [fixture] in try await fixture.controller.run() }
            group.addTask { [fixture] in try await fixture.provider.run() }
            for name in names { origin.put(PodFixture.json(uid: name, name: name)) }
            try await remote.until { cluster in keys.allSatisfy { cluster.object(.pods, $0) != nil } }
            for key in keys {
                var object = try #require(remote.object(.pods, key))
                object["status"] = Self.running
                remote.put(object)
            }
            try await origin.until { cluster in
                keys.allSatisfy { cluster.object(.pods, $0)?.at("status", "phase") == "Running" }
            }
            for (name, key) in zip(names, keys) {
                let status = try #require(origin.object(.pods, key)?["status"])
                let ending = PodFixture.terminating(grace: 30)
                origin.put(PodFixture.json(uid: name, name: name, metadata: ending, status: status))
            }
            try await remote.until { cluster in
                keys.allSatisfy { cluster.object(.pods, $0)?.at("metadata", "deletionTimestamp") != nil }
            }
            #expect(keys.allSatisfy { origin.object(.pods, $0) != nil }, "no pod goes before its delegate")
            for key in keys { try finish(key) }
            try await origin.until { cluster in keys.allSatisfy { cluster.object(.pods, $0) == nil } }
            group.cancelAll()
        }
        for verb in [ScriptedRequest.Verb.create, .delete] {
            let byKey = Dictionary(grouping: remote.requests(verb, "pods"), by: \.key)
            #expect(Set(byKey.keys) == Set(keys))
            #expect(byKey.values.allSatisfy { $0.count == 1 }, "\(byKey.values.filter { $0.count > 1 })")
        }
        // A pod may be asked to go again before the watch has told that it went: by its UID, that hits nothing.
        let asked = origin.requests(.delete, "pods")
        #expect(Set(asked.map(\.key)) == Set(keys))
        #expect(asked.allSatisfy { $0.body.at("preconditions", "uid")?.string == $0.key.name })
    }
}
