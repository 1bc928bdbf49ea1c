import KubeClient
import KubeModel
import Lifecycle
import TestSupport
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(1))) struct DelegateCreationTests {
    private let fixture = RemoteFixture()

    private func create(_ json: JSON = PodFixture.json()) async throws -> ProviderError? {
        try await RemoteFixture.failure { _ = try await fixture.provider.create(Pod(json: json)) }
    }

    private var creations: [ScriptedRequest] { fixture.remote.requests(.create, "pods") }

    @Test func `A delegate is known as soon as its server has taken it`() async throws {
        #expect(try await create() == nil)
        let instance = try #require(fixture.provider.instance(for: "uid-1"))
        #expect(instance.instanceUID == fixture.delegate?.at("metadata", "uid")?.string)
        #expect(instance.instanceKey == RemoteFixture.key)
    }

    @Test(arguments: AnswerCase.common)
    func `What a server answers to a creation`(answer: AnswerCase) async throws {
        fixture.remote.fault(answer.fault) { $0.verb == .create && $0.resource == "pods" }
        let error = try await create()
        #expect(error?.code == answer.code)
        #expect(error?.reason == answer.reason)
        #expect(fixture.provider.instances.isEmpty)
    }

    @Test(arguments: [
        ScriptedCluster.Fault.refuse(404, reason: "NotFound", message: "namespaces \"shop\" not found"),
        .refuse(
            403,
            reason: "Forbidden",
            message: "error looking up service account shop/default: serviceaccount \"default\" not found"
        ),
        .refuse(403, reason: "Forbidden", message: "no API token found for service account \"default\""),
    ])
    func `A namespace that is not ready for pods yet is waited for, and looked up again`(
        fault: ScriptedCluster.Fault
    ) async throws {
        fixture.remote.fault(fault, times: 1) { $0.verb == .create && $0.resource == "pods" }
        let error = try await create()
        #expect(error?.code == .unavailable)
        #expect(error?.reason == "NamespaceStarting")
        #expect(try await create() == nil)
        #expect(fixture.remote.requests(.get, "namespaces").count == 2)
    }

    // MARK: - Somebody stands there already

    @Test func `A delegate whose creation was answered to nobody is taken for what it is`() async throws {
        fixture.remote.fault(.loseAnswer, times: 1) { $0.verb == .create && $0.resource == "pods" }
        #expect(try await create()?.code == .unavailable)
        #expect(fixture.provider.instances.isEmpty)
        #expect(try await create() == nil)
        #expect(fixture.provider.instance(for: "uid-1")?.instanceUID == fixture.delegate?.at("metadata", "uid")?.string)
    }

    /// What stands where the delegate should be.
    @Test(
        arguments: [
            (RemoteFixture.delegate(of: "uid-0"), .occupied, "EarlierDelegateEnding"),
            (RemoteFixture.delegate(of: "uid-0", node: "eu-west"), .occupied, "EarlierDelegateEnding"),
            (RemoteFixture.delegate(of: "uid-1", origin: "origin-2"), .conflict, "DelegateNameTaken"),
            (PodFixture.json(uid: "stranger"), .conflict, "DelegateNameTaken"),
        ] as [(JSON, ProviderError.Code, String)]
    )
    func `Another pod of that name is left alone`(
        other: JSON,
        code: ProviderError.Code,
        reason: String
    ) async throws {
        var stranger = other
        stranger["kind"] = "Pod"
        let stored = fixture.remote.put(stranger)
        let error = try await create()
        #expect(error?.code == code)
        #expect(error?.reason == reason)
        #expect(fixture.delegate == stored)
        #expect(fixture.provider.instances.isEmpty)
    }

    @Test func `A pod of that name that can't be read is no verdict`() async throws {
        fixture.remote.put(RemoteFixture.delegate())
        fixture.remote.fault(.timeout) { $0.verb == .get && $0.resource == "pods" }
        #expect(try await create()?.code == .unavailable)
    }
}
