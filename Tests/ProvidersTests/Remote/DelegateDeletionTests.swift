import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(1))) struct DelegateDeletionTests {
    private let fixture = RemoteFixture()

    private func made() async throws -> PodInstance {
        _ = try await fixture.provider.create(PodFixture.pod())
        return try #require(fixture.provider.instance(for: "uid-1"))
    }

    @Test(arguments: [30, nil] as [Int64?])
    func `A deletion names the delegate by UID and asks for the grace`(grace: Int64?) async throws {
        let instance = try await made()
        try await fixture.provider.delete(instance, gracePeriodSeconds: grace)
        let deletion = try #require(fixture.remote.requests(.delete, "pods").first)
        #expect(deletion.key == RemoteFixture.key)
        #expect(deletion.body.at("preconditions", "uid")?.string == instance.instanceUID)
        #expect(deletion.body["gracePeriodSeconds"]?.int == grace)
        #expect(fixture.provider.instance(for: "uid-1")?.isTerminating == true)
    }

    @Test func `Only the watch tells the end of a delegate without grace`() async throws {
        let instance = try await made()
        try await fixture.provider.delete(instance, gracePeriodSeconds: 0)
        #expect(fixture.delegate == nil)
        #expect(fixture.provider.instance(for: "uid-1")?.isTerminating == false)
    }

    @Test(arguments: [(404, "NotFound"), (409, "Conflict")])
    func `A delegate that is gone, or has a successor, needs no end`(code: Int, reason: String) async throws {
        let instance = try await made()
        fixture.remote.fault(.refuse(code, reason: reason)) { $0.verb == .delete }
        try await fixture.provider.delete(instance, gracePeriodSeconds: 30)
    }

    @Test(arguments: AnswerCase.common)
    func `What a server answers to a deletion`(answer: AnswerCase) async throws {
        let instance = try await made()
        fixture.remote.fault(answer.fault) { $0.verb == .delete }
        let error = try await RemoteFixture.failure {
            try await fixture.provider.delete(instance, gracePeriodSeconds: 30)
        }
        #expect(error?.code == answer.code)
        #expect(error?.reason == answer.reason)
    }
}

/// The end of a delegate that has no node, if it has none.
@Suite(.timeLimit(.minutes(1))) struct DelegateWithdrawalTests {
    private let fixture = RemoteFixture()

    private func made() async throws -> PodInstance {
        _ = try await fixture.provider.create(PodFixture.pod())
        return try #require(fixture.provider.instance(for: "uid-1"))
    }

    /// Somebody changes the delegate in the remote, and the cache does not know yet.
    private func change(_ member: String, _ field: String, to value: JSON) throws {
        var delegate = try #require(fixture.delegate)
        delegate[member]?[field] = value
        fixture.remote.put(delegate)
    }

    @Test func `It names the delegate's UID and the version that has no node`() async throws {
        let instance = try await made()
        let version = fixture.delegate?.at("metadata", "resourceVersion")
        #expect(try await fixture.provider.withdraw(instance))
        let deletion = try #require(fixture.remote.requests(.delete, "pods").first)
        #expect(deletion.key == RemoteFixture.key)
        #expect(deletion.body.at("preconditions", "uid")?.string == instance.instanceUID)
        #expect(deletion.body.at("preconditions", "resourceVersion") == version)
        #expect(deletion.body["gracePeriodSeconds"] == nil, "the server gives none to a pod without a node")
    }

    @Test func `One that is bound in that moment is left alone`() async throws {
        let instance = try await made()
        try change("spec", "nodeName", to: "worker-1")
        #expect(try await !fixture.provider.withdraw(instance))
        #expect(fixture.remote.requests(.delete, "pods").count == 1, "the server has refused it")
        #expect(fixture.delegate?.at("spec", "nodeName") == "worker-1")
        #expect(fixture.delegate?.at("metadata", "deletionTimestamp") == nil)
    }

    @Test func `Nothing is asked for a state that is not the last one known`() async throws {
        let instance = try await made()
        try change("spec", "nodeName", to: "worker-1")
        let live = try #require(try await fixture.provider.liveInstance(for: "uid-1", key: RemoteFixture.key))
        #expect(live.nodeName == "worker-1")
        #expect(try await !fixture.provider.withdraw(instance))
        #expect(try await !fixture.provider.withdraw(live))
        #expect(fixture.remote.requests(.delete, "pods").isEmpty)
    }

    @Test(arguments: [(404, "NotFound"), (409, "Conflict")])
    func `One that is gone or has changed was not withdrawn`(code: Int, reason: String) async throws {
        let instance = try await made()
        fixture.remote.fault(.refuse(code, reason: reason)) { $0.verb == .delete }
        #expect(try await !fixture.provider.withdraw(instance))
    }

    @Test(arguments: AnswerCase.common)
    func `What a server answers to a withdrawal`(answer: AnswerCase) async throws {
        let instance = try await made()
        fixture.remote.fault(answer.fault) { $0.verb == .delete }
        let error = try await RemoteFixture.failure { _ = try await fixture.provider.withdraw(instance) }
        #expect(error?.code == answer.code)
        #expect(error?.reason == answer.reason)
    }
}

@Suite(.timeLimit(.minutes(1))) struct DelegateUpdateCallTests {
    private let fixture = RemoteFixture()

    /// Makes the delegate of one state of a pod and brings another to it; the patch that was sent.
    private func update(from old: JSON, to new: JSON) async throws -> JSON? {
        _ = try await fixture.provider.create(Pod(json: old))
        try await bring(new)
        return fixture.remote.requests(.patch, "pods").last?.body
    }

    private func bring(_ json: JSON) async throws {
        let instance = try #require(fixture.provider.instance(for: "uid-1"))
        try await fixture.provider.update(Pod(json: json), instance: instance)
    }

    @Test func `A new label does not send the images`() async throws {
        let patch = try await update(
            from: PodFixture.json(),
            to: PodFixture.json(metadata: ["labels": ["tier": "gold"]])
        )
        #expect(patch?["spec"] == nil)
        #expect(patch?.at("metadata", "labels", "tier") == "gold")
        #expect(fixture.delegate?.at("metadata", "labels", "tier") == "gold")
        #expect(fixture.provider.instance(for: "uid-1")?.fingerprint == fixture.pod(labels: ["tier": "gold"]))
    }

    @Test func `A label that the pod lost goes, one that others gave the delegate stays`() async throws {
        _ = try await fixture.provider.create(Pod(json: PodFixture.json(metadata: ["labels": ["old": "yes"]])))
        var object = try #require(fixture.delegate)
        object["metadata"]?["labels"]?["theirs"] = "yes"
        fixture.remote.put(object)
        try await bring(PodFixture.json())
        #expect(fixture.delegate?.at("metadata", "labels", "old") == nil)
        #expect(fixture.delegate?.at("metadata", "labels", "theirs") == "yes")
    }

    @Test func `A new image is sent by the container's name, and nothing else of the spec`() async throws {
        let container: JSON = ["name": "main", "image": "registry.example/web:2"]
        let patch = try await update(from: PodFixture.json(), to: PodFixture.json(spec: ["containers": [container]]))
        #expect(patch?["spec"] == ["containers": [container]])
    }

    @Test func `The patch names the delegate, so that it can't reach a successor`() async throws {
        let patch = try await update(
            from: PodFixture.json(),
            to: PodFixture.json(metadata: ["labels": ["tier": "gold"]])
        )
        #expect(patch?.at("metadata", "uid") == fixture.delegate?.at("metadata", "uid"))
    }

    @Test func `Nothing to bring costs no call`() async throws {
        #expect(try await update(from: PodFixture.json(), to: PodFixture.json()) == nil)
    }

    @Test(arguments: [(404, "NotFound"), (409, "Conflict")])
    func `A delegate that is gone, or has a successor, is left to the watch`(code: Int, reason: String) async throws {
        fixture.remote.fault(.refuse(code, reason: reason)) { $0.verb == .patch }
        _ = try await update(from: PodFixture.json(), to: PodFixture.json(metadata: ["labels": ["tier": "gold"]]))
    }

    @Test(arguments: AnswerCase.common)
    func `What a server answers to an update`(answer: AnswerCase) async throws {
        fixture.remote.fault(answer.fault) { $0.verb == .patch }
        let error = try await RemoteFixture.failure {
            _ = try await update(from: PodFixture.json(), to: PodFixture.json(metadata: ["labels": ["tier": "gold"]]))
        }
        #expect(error?.code == answer.code)
        #expect(error?.reason == answer.reason)
    }
}

extension RemoteFixture {
    fileprivate func pod(labels: [String: String]) -> PodFingerprint {
        PodFingerprint(of: PodFixture.json(metadata: ["labels": JSON(labels)]))
    }
}
