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

    // MARK: - What a pod refers to

    private static let config: JSON = [
        "containers": [["name": "main", "image": "a", "envFrom": [["configMapRef": ["name": "settings"]]]]]
    ]
    private static let settings: JSON = ["kind": "ConfigMap", "metadata": ["name": "settings", "namespace": "shop"]]

    @Test func `A pod waits for what is missing in the origin, or in the remote`() async throws {
        let pod = PodFixture.json(spec: Self.config)
        #expect(try await create(pod)?.reason == "MandatoryConfigMapNotFound")
        let other = RemoteFixture()
        other.origin.put(Self.settings)
        let error = try await RemoteFixture.failure { _ = try await other.provider.create(Pod(json: pod)) }
        #expect(error?.reason == "ConfigMapNotInCluster")
        #expect(creations.isEmpty)
        #expect(other.remote.requests(.create, "pods").isEmpty)
    }

    @Test func `What may not be read is left to the delegate to find`() async throws {
        fixture.origin.fault(.refuse(403, reason: "Forbidden")) { $0.resource == "configmaps" }
        fixture.remote.fault(.refuse(403, reason: "Forbidden")) { $0.resource == "configmaps" }
        #expect(try await create(PodFixture.json(spec: Self.config)) == nil)
    }

    @Test func `The pods of one workload ask once for what they share`() async throws {
        fixture.origin.put(Self.settings)
        fixture.remote.put(Self.settings)
        for number in 0..<5 {
            let pod = PodFixture.json(uid: "uid-\(number)", name: "web-\(number)", spec: Self.config)
            #expect(try await create(pod) == nil)
        }
        #expect(fixture.origin.requests(.get, "configmaps").count == 1)
        #expect(fixture.remote.requests(.get, "configmaps").count == 1)
    }

    @Test func `An answer is believed for a moment only`() async throws {
        let check = DependentCheck(
            origin: fixture.origin.client(),
            remote: fixture.remote.client(),
            cluster: "us-east",
            lifetime: .zero
        )
        let references = [PodReference(.configMap, "settings", isOptional: false)]
        fixture.remote.put(Self.settings)
        func ask() async throws -> ProviderError? {
            try await RemoteFixture.failure {
                _ = try await check.check(references, namespace: "shop", remoteNamespace: "shop")
            }
        }
        #expect(
            try await ask()?.code == .missing(kind: "ConfigMap", key: ObjectKey(namespace: "shop", name: "settings"))
        )
        fixture.origin.put(Self.settings)
        #expect(try await ask() == nil)
    }

    @Test func `Secrets that hold a token are told by their names`() async throws {
        let check = DependentCheck(origin: fixture.origin.client(), remote: fixture.remote.client(), cluster: "us-east")
        let metadata: JSON = ["name": "robot-token", "namespace": "shop"]
        fixture.origin.put([
            "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/service-account-token",
        ])
        let references = [PodReference(.secret, "robot-token", isOptional: false)]
        #expect(try await check.check(references, namespace: "shop", remoteNamespace: "shop") == ["robot-token"])
        #expect(fixture.remote.lines.isEmpty, "the delegate goes without it")
    }
}
