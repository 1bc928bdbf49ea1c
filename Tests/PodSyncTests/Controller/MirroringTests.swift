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
        guard case .again(let pause) = await fixture.look() else {
            Issue.record("the update was not put off")
            return
        }
        #expect(pause >= .seconds(1))
        #expect(fixture.provider.calls == [.update("uid-1")])
        #expect(fixture.condition("Ready")?["status"] == "True")
        #expect(fixture.condition("martlet.dev/Updated")?["reason"] == "DelegateInvalid")
        #expect(fixture.condition("martlet.dev/Updated")?["status"] == "False")
        #expect(statusWrites == 1)
        for _ in 1...3 { await fixture.look() }
        #expect(fixture.provider.calls == [.update("uid-1")], "not before its time")
        #expect(try await fixture.eventReasons(count: 1) == ["DelegateInvalid"])
    }

    @Test func `A refused change is told once, and again never by a later process`() async throws {
        let fixture = ControllerFixture(options: .unhurried)
        let pod = try fixture.add(PodFixture.json())
        let instance = PodFixture.instance(
            for: pod,
            fingerprint: PodFingerprint(text: "of an earlier state"),
            status: readyStatus
        )
        fixture.provider.set(instance, for: pod.uid)
        fixture.provider.refuse(.rejected)
        for _ in 1...3 { #expect(await fixture.look() == .again(.zero)) }
        #expect(fixture.provider.calls.count == 3)
        #expect(fixture.origin.requests(.patch, "pods/status").count == 1)
        let later = ControllerFixture(fixture.provider, origin: fixture.origin, options: .unhurried)
        let told = try #require(fixture.origin.object(.pods, pod.key))
        later.controller.pods.apply(.added, try Pod(json: told))
        #expect(await later.look() == .again(.zero))
        fixture.origin.put(["kind": "Event", "metadata": ["name": "end", "namespace": "shop"]])
        #expect(try await fixture.eventReasons(count: 1) == ["DelegateForbidden"])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await later.events.run() }
            for _ in 0..<1000 { await Task.yield() }
            group.cancelAll()
        }
        #expect(fixture.origin.requests(.create, "events").count == 1)
    }

    @Test func `The note of a refused change goes when the change has arrived`() async throws {
        let fixture = ControllerFixture(options: .unhurried)
        let pod = try fixture.add(PodFixture.json())
        let old = PodFingerprint(text: "of an earlier state")
        fixture.provider.set(PodFixture.instance(for: pod, fingerprint: old, status: readyStatus), for: pod.uid)
        fixture.provider.refuse(.rejected)
        await fixture.look()
        fixture.provider.refuse(nil)
        #expect(await fixture.look() == .done)
        fixture.provider.set(PodFixture.instance(for: pod, status: readyStatus), for: pod.uid)
        await fixture.look()
        #expect(fixture.condition("martlet.dev/Updated") == nil)
        #expect(fixture.condition("Ready")?["status"] == "True")
    }

    @Test func `A condition of the cluster's own goes from the pod when it goes from the instance`() async throws {
        let fixture = ControllerFixture(options: .unhurried)
        let theirs: JSON = ["type": "example.com/of-the-origin", "status": "True"]
        let pod = try fixture.add(PodFixture.json(status: ["phase": "Running", "conditions": [theirs]]))
        func show(_ conditions: [JSON]) async throws {
            let instance = PodFixture.instance(for: pod, status: ["conditions": .array(conditions)])
            fixture.provider.set(instance, for: pod.uid)
            await fixture.look()
        }
        try await show([["type": "cloud.example.com/attached", "status": "True"]])
        #expect(fixture.condition("cloud.example.com/attached")?["status"] == "True")
        try await show([])
        #expect(fixture.condition("cloud.example.com/attached") == nil)
        #expect(fixture.condition("example.com/of-the-origin") != nil)
    }

    @Test(
        arguments: [
            (["martlet"], true), (["martlet", "their-controller"], false), (["kubelet"], false), ([], false),
        ] as [([String], Bool)]
    )
    func `A later process has a condition go whose it is by the origin's word, and asks for it once`(
        writers: [String],
        isOurs: Bool
    ) async throws {
        let type = "cloud.example.com/attached"
        let entries = writers.map { writer -> JSON in
            [
                "manager": .string(writer), "operation": "Update",
                "fieldsV1": ["f:status": ["f:conditions": [#"k:{"type":"\#(type)"}"#: [".": [:], "f:status": [:]]]]],
            ]
        }
        let condition: JSON = ["type": .string(type), "status": "True"]
        let pod = try fixture.add(
            PodFixture.json(
                metadata: ["managedFields": .array(entries)],
                status: ["phase": "Running", "conditions": [condition]]
            )
        )
        run(pod)
        for _ in 1...2 { #expect(await fixture.look() == .done) }
        #expect((fixture.condition(type) == nil) == isOurs)
        #expect(fixture.condition("Ready")?["status"] == "True")
        #expect(fixture.origin.requests(.get, "pods").count == 1)
    }

    @Test func `What nobody can doubt is not asked for`() async throws {
        let gate: JSON = ["type": "example.com/gate", "status": "True"]
        let refused: JSON = ["type": "martlet.dev/Updated", "status": "False", "reason": "DelegateInvalid"]
        let scheduled: JSON = ["type": "PodScheduled", "status": "True"]
        let pod = try fixture.add(
            PodFixture.json(
                spec: ["readinessGates": [["conditionType": "example.com/gate"]]],
                status: ["phase": "Running", "conditions": [gate, refused, scheduled]]
            )
        )
        run(pod)
        #expect(await fixture.look() == .done)
        #expect(fixture.condition("example.com/gate") != nil)
        #expect(fixture.origin.requests(.get, "pods").isEmpty)
    }

    @Test func `Chosen annotations of the instance become the pod's, once`() async throws {
        let options = PodSyncOptions(annotations: AnnotationFilter(["results.example.com/*", "exactly"]))
        let fixture = ControllerFixture(options: options)
        let pod = try fixture.add(PodFixture.json(metadata: ["annotations": ["exactly": "old"]]))
        let own = ["results.example.com/phase": "done", "exactly": "new", "exactly-not": "x"]
        fixture.provider.set(PodFixture.instance(for: pod, ownAnnotations: own, status: readyStatus), for: pod.uid)
        for _ in 1...3 { await fixture.look() }
        let patches = fixture.origin.requests(.patch, "pods")
        #expect(patches.count == 1)
        #expect(
            patches.first?.body.at("metadata", "annotations")
                == ["results.example.com/phase": "done", "exactly": "new"]
        )
        #expect(patches.first?.body.at("metadata", "uid") == "uid-1")
    }

    private func takeKey() async {
        guard let key = await fixture.controller.queue.next() else { return }
        fixture.controller.queue.finish(key)
    }
}
