import KubeClient
import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

/// Instances on a node of their cluster that does not answer.
@Suite(.timeLimit(.minutes(1))) struct LostNodeTests {
    private static let key = ObjectKey(namespace: "shop", name: "web-0")
    private static let reachable = "martlet.dev/Reachable"
    private let fixture = ControllerFixture()

    private var pod: JSON? { fixture.origin.object(.pods, Self.key) }

    /// A pod whose instance is on a node that is lost.
    private func strand(_ metadata: JSON = PodFixture.owned(), isTerminating: Bool = true) throws {
        let pod = try fixture.add(PodFixture.json(metadata: metadata))
        let instance = PodFixture.instance(
            for: pod,
            nodeName: "worker-1",
            isTerminating: isTerminating,
            grace: isTerminating ? 30 : nil,
            status: readyStatus
        )
        fixture.provider.set(instance, for: pod.uid)
        fixture.provider.lose("worker-1")
    }

    @Test func `A pod says which node of its cluster is lost, as long as it is`() async throws {
        try strand(isTerminating: false)
        #expect(await fixture.look() == .done)
        #expect(fixture.condition(Self.reachable)?["status"] == "False")
        #expect(fixture.condition(Self.reachable)?["reason"] == "DelegateNodeLost")
        #expect(fixture.condition(Self.reachable)?["message"]?.string?.contains("worker-1") == true)
        #expect(fixture.origin.requests(.delete, "pods").isEmpty)
        let writes = fixture.origin.lines.count
        #expect(await fixture.look() == .done)
        #expect(fixture.origin.lines.count == writes, "nothing is said twice")
        fixture.provider.lose("worker-1", isLost: false)
        #expect(await fixture.look() == .done)
        #expect(fixture.condition(Self.reachable) == nil)
    }

    @Test func `One that its cluster has given up is asked to go, once, and stays until its end is proved`()
        async throws
    {
        try strand()
        #expect(await fixture.look() == .done)
        let deletions = fixture.origin.requests(.delete, "pods")
        #expect(deletions.map { $0.body.at("preconditions", "uid") } == ["uid-1"])
        #expect(deletions.first?.body["gracePeriodSeconds"] == nil, "the pod's own grace")
        #expect(fixture.condition("DisruptionTarget")?["status"] == "True")
        #expect(fixture.condition(Self.reachable)?["message"]?.string?.contains("ReplicaSet web") == true)
        for _ in 1...2 { #expect(await fixture.look() == .done) }
        #expect(fixture.origin.requests(.delete, "pods").count == 1)
        #expect(pod?.at("metadata", "deletionTimestamp") != nil)
        #expect(fixture.condition(Self.reachable)?["message"]?.string?.contains("nothing proves its end") == true)
        #expect(try await fixture.eventReasons(count: 1) == ["DelegateNodeLost"])
    }

    @Test func `One that nobody would replace waits, and comes back in place`() async throws {
        try strand([:])
        #expect(await fixture.look() == .done)
        #expect(fixture.origin.requests(.delete, "pods").isEmpty)
        #expect(fixture.condition(Self.reachable)?["reason"] == "DelegateNodeLost")
        fixture.provider.set(nil, for: "uid-1")
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls == [.create("uid-1")])
    }

    @Test func `A deletion that did not arrive is asked for again`() async throws {
        try strand()
        fixture.origin.fault(.refuse(500, reason: "InternalError"), times: 1) { $0.verb == .delete }
        #expect(await fixture.look() == .retry)
        #expect(await fixture.look() == .done)
        #expect(pod?.at("metadata", "deletionTimestamp") != nil)
    }

    // MARK: - Whoever waits for the end

    @Test func `A pod that somebody holds says that it failed before it goes`() async throws {
        var metadata = PodFixture.terminating(grace: 30)
        metadata["finalizers"] = ["batch.kubernetes.io/job-tracking"]
        try fixture.add(PodFixture.json(metadata: metadata, status: ["phase": "Running"]))
        #expect(await fixture.look() == .done)
        #expect(pod?.at("status", "phase") == "Failed")
        #expect(fixture.origin.requests(.delete, "pods").isEmpty)
        #expect(await fixture.look() == .done)
        #expect(fixture.origin.lines == ["patch pods/status shop/web-0", "delete pods shop/web-0"])
    }

    @Test func `Without a proof a pod that somebody holds says nothing`() async throws {
        var metadata = PodFixture.terminating(grace: 30)
        metadata["finalizers"] = ["batch.kubernetes.io/job-tracking"]
        let pod = try fixture.add(PodFixture.json(metadata: metadata, status: ["phase": "Running"]))
        fixture.provider.setLive(.success(PodFixture.instance(for: pod)))
        #expect(await fixture.look() == .retry)
        #expect(fixture.origin.lines.isEmpty)
    }
}
