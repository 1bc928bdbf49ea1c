import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Providers

/// Who can write in a remote decides neither which tokens of the origin are issued nor where they go.
@Suite(.timeLimit(.minutes(1))) struct TokenTrustTests {
    private static let start = Duration.seconds(1_700_000_000)
    private static let honest = ObjectKey(namespace: "shop", name: "web-1")
    private let fixture: RemoteFixture
    private let keeper: TokenKeeper

    init() throws {
        let server = OriginServer(host: "192.0.2.1", port: 6443) { Array("PEM\n".utf8) }
        let clock = ManualClock()
        fixture = RemoteFixture(serviceAccounts: .origin(server), clock: clock) { Self.start + clock.now.offset }
        keeper = try #require(fixture.provider.accounts.keeper)
        _ = fixture.provider.source.health.answered(version: "v1.31.2", took: .milliseconds(1), wait: .milliseconds(1))
        let answer: JSON = ["spec": ["expirationSeconds": 600], "status": ["token": "value-1"]]
        fixture.origin.fault(.answer(answer)) { $0.resource == "serviceaccounts/token" }
    }

    private static func delegate(
        of uid: UID,
        at key: ObjectKey,
        tokens: String,
        _ annotations: [String: String] = [:]
    ) -> JSON {
        var object = RemoteFixture.delegate(of: uid, name: key.name)
        object["metadata"]?["namespace"] = .string(key.namespace)
        var all = ["martlet.dev/pod": key.description, "martlet.dev/tokens": tokens]
        all.merge(annotations) { _, new in new }
        object["metadata"]?["annotations"] = JSON(all)
        return object
    }

    private func bind(
        _ uid: UID,
        _ name: String,
        spec: JSON = AccountTranslationTests.projected,
        status: JSON = [:]
    ) throws {
        fixture.provider.podChanged(
            try Pod(json: PodFixture.json(uid: uid, name: name, spec: spec, status: status))
        )
    }

    private func show(_ delegates: [JSON]) throws {
        fixture.provider.cache.store.replace(try delegates.map { try Delegate(json: $0) }, resourceVersion: "60")
    }

    private func running(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [keeper] in try await keeper.run() }
            try await body()
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
    }

    private var requests: [ScriptedRequest] { fixture.origin.requests(.create, "serviceaccounts/token") }

    /// The tokens of an honest pod, after whatever came before it.
    private func supplyHonest() async throws {
        let place = ObjectKey(namespace: "shop", name: "martlet-token-b")
        try await fixture.remote.until { $0.object(.secrets, place) != nil }
    }

    @Test(arguments: [
        delegate(of: "uid-9", at: RemoteFixture.key, tokens: "martlet-token-a"),
        delegate(of: "uid-1", at: ObjectKey(namespace: "lair", name: "evil"), tokens: "martlet-token-a"),
        delegate(
            of: "uid-1",
            at: ObjectKey(namespace: "lair", name: "evil"),
            tokens: "martlet-token-a",
            ["martlet.dev/pod": "shop/web-0", "martlet.dev/delegate": "lair/evil"]
        ),
        delegate(
            of: "uid-1",
            at: RemoteFixture.key,
            tokens: #"{"secret":"martlet-token-a","account":"admin","tokens":[{"audience":"vault"}]}"#
        ),
    ])
    func `What only looks like a delegate gets no token`(forged: JSON) async throws {
        try bind("uid-1", "web-0")
        try bind("uid-2", Self.honest.name)
        try show([forged, Self.delegate(of: "uid-2", at: Self.honest, tokens: "martlet-token-b")])
        try await running {
            try await supplyHonest()
            #expect(requests.map { $0.body.at("spec", "boundObjectRef", "name") } == ["web-1"])
            #expect(fixture.remote.requests(.create, "secrets").map(\.key.name) == ["martlet-token-b"])
        }
    }

    @Test func `Account, audience and life are the pod's`() async throws {
        try bind("uid-2", Self.honest.name)
        try show([Self.delegate(of: "uid-2", at: Self.honest, tokens: "martlet-token-b")])
        try await running {
            try await supplyHonest()
            #expect(requests.map(\.line) == ["create serviceaccounts/token shop/web"])
            #expect(requests.first?.body.at("spec", "expirationSeconds") == 3607)
            #expect(requests.first?.body.at("spec", "audiences") == [])
            #expect(requests.first?.body.at("spec", "boundObjectRef", "uid") == "uid-2")
        }
    }

    @Test func `A projection's audience and life are asked for`() async throws {
        let source: JSON = ["serviceAccountToken": ["path": "t", "audience": "vault", "expirationSeconds": 700]]
        let spec: JSON = [
            "containers": [["name": "main", "image": "a", "volumeMounts": [["name": "id", "mountPath": "/id"]]]],
            "volumes": [["name": "id", "projected": ["sources": [source]]]],
        ]
        try bind("uid-2", Self.honest.name, spec: spec)
        try show([Self.delegate(of: "uid-2", at: Self.honest, tokens: "martlet-token-b")])
        try await running {
            try await supplyHonest()
            #expect(requests.first?.body.at("spec", "audiences") == ["vault"])
            #expect(requests.first?.body.at("spec", "expirationSeconds") == 700)
        }
    }

    @Test func `A pod that is finished gets no token any more`() async throws {
        try bind("uid-1", "web-0")
        try bind("uid-1", "web-0", status: ["phase": "Failed"])
        try bind("uid-2", Self.honest.name)
        try show([
            Self.delegate(of: "uid-1", at: RemoteFixture.key, tokens: "martlet-token-a"),
            Self.delegate(of: "uid-2", at: Self.honest, tokens: "martlet-token-b"),
        ])
        try await running {
            try await supplyHonest()
            #expect(requests.map { $0.body.at("spec", "boundObjectRef", "uid") } == ["uid-2"])
        }
    }

    @Test func `A pod that is gone gets no token any more`() async throws {
        try bind("uid-1", "web-0")
        fixture.provider.podDeleted("uid-1")
        try bind("uid-2", Self.honest.name)
        try show([
            Self.delegate(of: "uid-1", at: RemoteFixture.key, tokens: "martlet-token-a"),
            Self.delegate(of: "uid-2", at: Self.honest, tokens: "martlet-token-b"),
        ])
        try await running {
            try await supplyHonest()
            #expect(requests.count == 1)
        }
    }

    private static func secret(of uid: UID, at key: ObjectKey, name: String) throws -> JSON {
        let view = try Delegate(json: delegate(of: uid, at: key, tokens: name))
        let tokens = IssuedTokens(tokens: ["value-0"], authority: "", namespace: "shop", refreshAt: start)
        return TokenSecret.object(tokens, name: name, for: view.instance, identity: RemoteFixture.identity)
    }

    @Test func `Tokens of one pod do not go into the Secret of another`() async throws {
        let stored = fixture.remote.put(try Self.secret(of: "uid-2", at: Self.honest, name: "martlet-token-b"))
        keeper.secrets.replace([try TokenSecret(json: stored)], resourceVersion: "60")
        try bind("uid-1", "web-0")
        try show([Self.delegate(of: "uid-1", at: RemoteFixture.key, tokens: "martlet-token-b")])
        try await running {
            try await fixture.remote.until { !$0.requests(.get, "secrets").isEmpty }
            #expect(fixture.remote.requests(.patch, "secrets").isEmpty)
        }
    }

    @Test func `A remote that drops the time of renewal gets no token more often`() async throws {
        try bind("uid-1", "web-0")
        try show([Self.delegate(of: "uid-1", at: RemoteFixture.key, tokens: "martlet-token-a")])
        let place = ObjectKey(namespace: "shop", name: "martlet-token-a")
        try await running {
            try await fixture.remote.until { $0.object(.secrets, place) != nil }
            var bare = try #require(fixture.remote.object(.secrets, place))
            bare["metadata"]?["annotations"] = [:]
            bare["metadata"]?["resourceVersion"] = "9999"
            keeper.secrets.apply(.modified, try TokenSecret(json: bare))
            try bind("uid-2", Self.honest.name)
            try show([
                Self.delegate(of: "uid-1", at: RemoteFixture.key, tokens: "martlet-token-a"),
                Self.delegate(of: "uid-2", at: Self.honest, tokens: "martlet-token-b"),
            ])
            try await supplyHonest()
            #expect(requests.count == 2)
            bare["metadata"]?["resourceVersion"] = "10000"
            keeper.secrets.apply(.modified, try TokenSecret(json: bare))
            let third = ObjectKey(namespace: "shop", name: "web-2")
            try bind("uid-3", third.name)
            try show([
                Self.delegate(of: "uid-1", at: RemoteFixture.key, tokens: "martlet-token-a"),
                Self.delegate(of: "uid-2", at: Self.honest, tokens: "martlet-token-b"),
                Self.delegate(of: "uid-3", at: third, tokens: "martlet-token-c"),
            ])
            let last = ObjectKey(namespace: "shop", name: "martlet-token-c")
            try await fixture.remote.until { $0.object(.secrets, last) != nil }
            #expect(requests.count == 3)
        }
    }
}
