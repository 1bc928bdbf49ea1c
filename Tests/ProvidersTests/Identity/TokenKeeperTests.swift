import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(1))) struct TokenKeeperTests {
    private static let start = Duration.seconds(1_700_000_000)
    private let clock: ManualClock
    private let fixture: RemoteFixture
    private let keeper: TokenKeeper

    init() throws {
        let clock = ManualClock()
        let server = OriginServer(host: "192.0.2.1", port: 6443) { Array("PEM-OF-MARTLET\n".utf8) }
        let fixture = RemoteFixture(serviceAccounts: .origin(server), clock: clock) {
            Self.start + clock.now.offset
        }
        self.clock = clock
        self.fixture = fixture
        keeper = try #require(fixture.provider.accounts.keeper)
        _ = fixture.provider.source.health.answered(version: "v1.31.2", took: .milliseconds(1), wait: .milliseconds(1))
        fixture.origin.put([
            "kind": "ConfigMap", "metadata": ["name": "kube-root-ca.crt", "namespace": "shop"],
            "data": ["ca.crt": "PEM-OF-NAMESPACE\n"],
        ])
        grant("value-1")
    }

    private static let pod = PodFixture.json(spec: AccountTranslationTests.projected)

    /// What the origin answers to TokenRequests from now on.
    private func grant(_ token: String, seconds: Int64 = 600) {
        fixture.origin.endFaults()
        let answer: JSON = ["spec": ["expirationSeconds": .int(seconds)], "status": ["token": .string(token)]]
        fixture.origin.fault(.answer(answer)) { $0.resource == "serviceaccounts/token" }
    }

    private var requests: [ScriptedRequest] { fixture.origin.requests(.create, "serviceaccounts/token") }

    private func create() async throws -> ProviderError? {
        let pod = try Pod(json: Self.pod)
        fixture.provider.podChanged(pod)
        return try await RemoteFixture.failure { _ = try await fixture.provider.create(pod) }
    }

    private func running(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [keeper] in try await keeper.run() }
            try await body()
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
    }

    /// The Secret of the delegate, once it holds a token.
    private func secret(holding token: String) async throws -> JSON {
        let place = try #require(place)
        try await fixture.remote.until {
            $0.object(.secrets, place)?.at("stringData", "token")?.string == token
        }
        return try #require(fixture.remote.object(.secrets, place))
    }

    private var place: ObjectKey? {
        let annotation = fixture.delegate?.at("metadata", "annotations", "martlet.dev/tokens")?.string
        return annotation.map { ObjectKey(namespace: "shop", name: $0) }
    }

    @Test func `A delegate's token is bound to the pod and comes in a Secret that goes with the delegate`() async throws
    {
        try await running {
            #expect(try await create() == nil)
            let secret = try await secret(holding: "value-1")
            #expect(fixture.provider.connection.tokenNeed.isOpen)
            #expect(requests.map(\.line) == ["create serviceaccounts/token shop/web"])
            #expect(
                requests.first?.body["spec"] == [
                    "audiences": [], "expirationSeconds": 3607,
                    "boundObjectRef": ["apiVersion": "v1", "kind": "Pod", "name": "web-0", "uid": "uid-1"],
                ]
            )
            let metadata = ObjectMeta(secret)
            #expect(metadata.ownerReferences.map(\.uid) == [fixture.delegate?.at("metadata", "uid")?.string])
            #expect(RemoteFixture.identity.owns(metadata, podUID: "uid-1"))
            #expect(secret.at("stringData", "ca.crt") == "PEM-OF-NAMESPACE\nPEM-OF-MARTLET\n")
            #expect(secret.at("stringData", "namespace") == "shop")
            for record in fixture.remote.log.records { #expect(!"\(record)".contains("value-1")) }
        }
    }

    @Test func `A token is renewed when four fifths of its life are over, in the same Secret`() async throws {
        try await running {
            #expect(try await create() == nil)
            let first = try await secret(holding: "value-1")
            grant("value-2")
            await clock.waitForSleepers()
            clock.advance(by: .seconds(480))
            let second = try await secret(holding: "value-2")
            #expect(ObjectMeta(second).uid == ObjectMeta(first).uid)
            #expect(requests.count == 2)
        }
    }

    @Test func `What the origin refuses is known before there is a delegate`() async throws {
        fixture.origin.endFaults()
        fixture.origin.fault(.refuse(404, reason: "NotFound", message: "serviceaccounts \"web\" not found")) {
            $0.resource == "serviceaccounts/token"
        }
        let error = try await create()
        #expect(error?.reason == "ServiceAccountNotFound")
        #expect(error?.code == .missing(kind: "ServiceAccount", key: ObjectKey(namespace: "shop", name: "web")))
        #expect(fixture.delegate == nil)
    }

    @Test func `A delegate that is refused again and again costs one token`() async throws {
        fixture.remote.fault(.refuse(403, reason: "Forbidden"), times: 3) {
            $0.verb == .create && $0.resource == "pods"
        }
        for _ in 0..<3 { #expect(try await create() != nil) }
        try await running {
            #expect(try await create() == nil)
            _ = try await secret(holding: "value-1")
        }
        #expect(requests.count == 1)
    }

    @Test func `A Secret that somebody takes away is made again`() async throws {
        try await running {
            #expect(try await create() == nil)
            let first = try await secret(holding: "value-1")
            grant("value-2")
            let place = try #require(place)
            while keeper.secrets.get(place) == nil { await Task.yield() }
            fixture.remote.remove(.secrets, place)
            keeper.secrets.apply(.deleted, try TokenSecret(json: later(first)))
            _ = try await secret(holding: "value-2")
        }
    }

    @Test func `A Secret that went before the answer about it came is made again`() async throws {
        let delegate = try Delegate(json: RemoteFixture.delegate())
        let tokens = IssuedTokens(
            tokens: ["value-1"],
            authority: "",
            namespace: "shop",
            refreshAt: Self.start + .seconds(480)
        )
        let identity = RemoteFixture.identity
        var gone = TokenSecret.object(tokens, name: "gone", for: delegate.instance, identity: identity)
        gone["metadata"]?["uid"] = "gone"
        gone["metadata"]?["resourceVersion"] = "7777"
        keeper.secrets.apply(.deleted, try TokenSecret(json: gone))
        fixture.remote.fault(.answer(gone), times: 1) { $0.verb == .create && $0.resource == "secrets" }
        try await running {
            #expect(try await create() == nil)
            let place = try #require(place)
            while fixture.remote.object(.secrets, place) == nil {
                await clock.waitForSleepers()
                clock.advance(by: .seconds(1))
            }
            _ = try await secret(holding: "value-1")
        }
    }

    private func later(_ object: JSON) -> JSON {
        var result = object
        result["metadata"]?["resourceVersion"] = "9999"
        return result
    }

    @Test func `A process that starts anew finds the Secret and asks for nothing`() async throws {
        var delegate = RemoteFixture.delegate()
        let name = "martlet-token-5"
        delegate["metadata"]?["annotations"]?["martlet.dev/tokens"] = .string(name)
        let tokens = IssuedTokens(
            tokens: ["value-0"],
            authority: "",
            namespace: "shop",
            refreshAt: Self.start + .seconds(300)
        )
        let view = try Delegate(json: delegate)
        let identity = RemoteFixture.identity
        let stored = fixture.remote.put(TokenSecret.object(tokens, name: name, for: view.instance, identity: identity))
        keeper.secrets.replace([try TokenSecret(json: stored)], resourceVersion: "60")
        fixture.provider.cache.store.replace([view], resourceVersion: "60")
        fixture.provider.podChanged(try Pod(json: Self.pod))
        try await running {
            await clock.waitForSleepers()
            #expect(requests.isEmpty)
            clock.advance(by: .seconds(301))
            try await fixture.remote.until {
                $0.object(.secrets, ObjectKey(namespace: "shop", name: name))?.at("stringData", "token") == "value-1"
            }
        }
    }

    @Test func `A Secret whose creation was answered to nobody is taken for what it is`() async throws {
        fixture.remote.fault(.loseAnswer, times: 1) { $0.verb == .create && $0.resource == "secrets" }
        try await running {
            #expect(try await create() == nil)
            await clock.waitForSleepers()
            clock.advance(by: .seconds(1))
            try await fixture.remote.until { !$0.requests(.patch, "secrets").isEmpty }
            #expect(requests.count == 1)
        }
    }

    @Test func `Without the list of Secrets nothing is begun`() async throws {
        let server = OriginServer(host: "192.0.2.1", port: 6443)
        let fixture = RemoteFixture(serviceAccounts: .origin(server), isSynced: false)
        let error = try await RemoteFixture.failure { _ = try await fixture.provider.create(Pod(json: Self.pod)) }
        #expect(error?.reason == "TokensNotReady")
    }

    @Test func `A token prints as nothing`() {
        let tokens = IssuedTokens(tokens: ["secret"], authority: "", namespace: "", refreshAt: .zero)
        var dumped = ""
        dump(tokens, to: &dumped)
        #expect(!"\(tokens) \(String(reflecting: tokens)) \(dumped)".contains("secret"))
    }

    @Test func `An ephemeral container finds the origin as the others do, and no token that it does not mount`()
        async throws
    {
        #expect(try await create() == nil)
        fixture.remote.fault(.answer(["resources": [["name": "pods/ephemeralcontainers", "kind": "Pod"]]])) {
            $0.verb == .list && $0.resource.isEmpty
        }
        var pod = Self.pod
        let mount = try #require(pod.at("spec", "containers")?[0]?["volumeMounts"])
        pod["spec"]?["ephemeralContainers"] = [
            ["name": "plain", "image": "debug:1"], ["name": "mounting", "image": "debug:1", "volumeMounts": mount],
        ]
        let instance = try #require(fixture.provider.instance(for: "uid-1"))
        try await fixture.provider.update(Pod(json: pod), instance: instance)
        let delegate = try #require(fixture.delegate)
        let containers = delegate.at("spec", "ephemeralContainers")?.array ?? []
        #expect(containers.map { $0["volumeMounts"] } == [nil, delegate.at("spec", "containers")?[0]?["volumeMounts"]])
        for container in containers {
            #expect(container["env"]?.array?.first == ["name": "KUBERNETES_SERVICE_HOST", "value": "192.0.2.1"])
        }
        #expect(fixture.provider.cache.store.get(instance.instanceKey)?.tokenSecret == place?.name)
    }
}

@Suite(.timeLimit(.minutes(1))) struct RemoteAccountTests {
    private let fixture = RemoteFixture(serviceAccounts: .remote)

    private func create(account: JSON) async throws -> ProviderError? {
        let pod = PodFixture.json(spec: ["serviceAccountName": account])
        return try await RemoteFixture.failure { _ = try await fixture.provider.create(Pod(json: pod)) }
    }

    @Test func `A pod waits for the remote's ServiceAccount and starts when it is there`() async throws {
        let error = try await create(account: "web")
        #expect(error?.reason == "ServiceAccountNotInCluster")
        #expect(error?.message.contains("shop/web") == true)
        fixture.remote.put(["kind": "ServiceAccount", "metadata": ["name": "web", "namespace": "shop"]])
        // It is believed for a moment that there is none.
        while try await create(account: "web") != nil { await Task.yield() }
        #expect(fixture.delegate?.at("spec", "serviceAccountName") == "web")
    }

    @Test func `The default one of a namespace that was just made comes by itself`() async throws {
        #expect(try await create(account: "default")?.isPassing == true)
    }

    @Test func `One that may not be read is left to the remote's admission`() async throws {
        fixture.remote.fault(.refuse(403, reason: "Forbidden")) { $0.resource == "serviceaccounts" }
        #expect(try await create(account: "web") == nil)
    }

    @Test func `The pods of one workload ask once`() async throws {
        fixture.remote.put(["kind": "ServiceAccount", "metadata": ["name": "web", "namespace": "shop"]])
        for _ in 0..<3 { _ = try await create(account: "web") }
        #expect(fixture.remote.requests(.get, "serviceaccounts").count == 1)
    }
}
