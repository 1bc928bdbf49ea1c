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
        .refuse(
            500,
            reason: "ServerTimeout",
            message: "No API token found for service account \"default\", retry after the token is automatically "
                + "created and added to the service account"
        ),
    ])
    func `A namespace that is not ready for pods yet is waited for, and looked up again`(
        fault: ScriptedCluster.Fault
    ) async throws {
        fixture.remote.fault(fault, times: 1) { $0.verb == .create && $0.resource == "pods" }
        let error = try await create()
        #expect(error?.code == .unavailable)
        #expect(error?.reason == "NamespaceStarting")
        #expect(error?.mayHaveHappened == false)
        #expect(try await create() == nil)
        #expect(fixture.remote.requests(.get, "namespaces").count == 2)
    }

    /// What speaks of accounts and does not pass.
    @Test(arguments: [
        "error looking up service account other/default: serviceaccount \"default\" not found",
        "admission webhook \"x\" denied the request: error looking up service account shop/default: not found",
        "the service account of the team was not found",
    ])
    func `Others' words about accounts are a refusal`(message: String) async throws {
        fixture.remote.fault(.refuse(403, reason: "Forbidden", message: message), times: 1) {
            $0.verb == .create && $0.resource == "pods"
        }
        #expect(try await create()?.code == .rejected)
    }

    // MARK: - Fields that the remote does not have

    private static let sidecar = PodFixture.json(spec: [
        "initContainers": [["name": "proxy", "image": "a", "restartPolicy": "Always"]]
    ])

    private func serve(version: String) {
        _ = fixture.provider.source.health.answered(version: version, took: .milliseconds(1), wait: .milliseconds(1))
    }

    @Test func `A remote that would drop what the pod can't be without gets no delegate`() async throws {
        serve(version: "v1.27.3")
        var answer = Self.sidecar
        answer["spec"]?["initContainers"] = [["name": "proxy", "image": "a"]]
        fixture.remote.fault(.answer(answer)) { $0.query["dryRun"] == "All" }
        let error = try await create(Self.sidecar)
        #expect(error?.code == .rejected)
        #expect(error?.reason == "FieldsNotInCluster")
        #expect(error?.message.contains("initContainers[proxy].restartPolicy") == true)
        #expect(error?.message.contains("v1.27.3") == true)
        #expect(error?.mayHaveHappened == false)
        #expect(fixture.delegate == nil)
    }

    @Test func `A remote that has it all the same, behind a feature gate, gets the delegate`() async throws {
        serve(version: "v1.28.0")
        #expect(try await create(Self.sidecar) == nil)
        #expect(creations.map { $0.query["dryRun"] } == ["All", nil])
    }

    @Test func `A remote that is new enough, or asked for nothing new, is not asked twice`() async throws {
        serve(version: "v1.29.0")
        #expect(try await create(Self.sidecar) == nil)
        #expect(creations.count == 1)
    }

    @Test func `What the remote did not keep is told by name`() async throws {
        let pod = PodFixture.json(spec: [
            "containers": [["name": "main", "image": "a", "tomorrow": ["a": 1], "command": ["b"]]]
        ])
        var answer = RemoteFixture.delegate()
        answer["spec"] = ["containers": [["name": "main", "image": "mirror/a", "command": ["b"]]]]
        answer["spec"]?["affinity"] = ["nodeAffinity": [:]]
        fixture.remote.fault(.answer(answer), times: 1) { $0.verb == .create && $0.resource == "pods" }
        let notices = try await fixture.provider.create(Pod(json: pod))
        let notice = notices.first { $0.reason == "FieldsNotInCluster" }
        #expect(notice?.message.contains("containers[main].tomorrow") == true)
        #expect(notice?.message.contains("image") == false)
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
