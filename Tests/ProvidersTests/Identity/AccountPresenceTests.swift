import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Providers

/// Many pods that wait for one account cost their cluster about one call.
@Suite(.timeLimit(.minutes(1))) struct AccountPresenceTests {
    private static let account = ObjectKey(namespace: "shop", name: "web")

    /// The codes of what a hundred calls at once throw.
    private func hundredfold(
        _ call: @escaping @Sendable (Int) async throws -> Void
    ) async throws -> Set<ProviderError.Code?> {
        try await withThrowingTaskGroup(of: ProviderError.Code?.self) { group in
            for index in 0..<100 {
                group.addTask { try await RemoteFixture.failure { try await call(index) }?.code }
            }
            return try await group.reduce(into: []) { $0.insert($1) }
        }
    }

    @Test(arguments: [true, false]) func `A hundred pods of one account cost one read of the remote`(
        isThere: Bool
    ) async throws {
        let remote = ScriptedCluster("us-east")
        if isThere { remote.put(["kind": "ServiceAccount", "metadata": ["name": "web", "namespace": "shop"]]) }
        let presence = AccountPresence(lifetime: .seconds(600), absence: .seconds(600))
        let accounts = RemoteAccounts(client: remote.client(), cluster: "us-east", presence: presence)
        for _ in 0..<2 {
            let codes = try await hundredfold { _ in try await accounts.expect(Self.account) }
            #expect(codes == [isThere ? nil : .missing(kind: "ServiceAccount", key: Self.account)])
        }
        #expect(remote.requests(.get, "serviceaccounts").count == 1)
    }

    @Test func `A failure is not remembered, and an account that comes is seen`() async throws {
        let remote = ScriptedCluster("us-east")
        let presence = AccountPresence(lifetime: .seconds(600), absence: .zero)
        let accounts = RemoteAccounts(client: remote.client(), cluster: "us-east", presence: presence)
        remote.fault(.refuse(500, reason: "InternalError"), times: 1) { $0.resource == "serviceaccounts" }
        let first = try await RemoteFixture.failure { try await accounts.expect(Self.account) }
        #expect(first?.code == .unavailable)
        let second = try await RemoteFixture.failure { try await accounts.expect(Self.account) }
        #expect(second?.isMissing == true)
        remote.put(["kind": "ServiceAccount", "metadata": ["name": "web", "namespace": "shop"]])
        try await accounts.expect(Self.account)
    }

    private func issuer(_ origin: ScriptedCluster) -> TokenIssuer {
        origin.put([
            "kind": "ConfigMap", "metadata": ["name": "kube-root-ca.crt", "namespace": "shop"],
            "data": ["ca.crt": "PEM"],
        ])
        return TokenIssuer(
            origin: origin.client(),
            server: OriginServer(host: "192.0.2.1", port: 6443),
            now: { .seconds(1_700_000_000) },
            accounts: AccountPresence(lifetime: .seconds(600), absence: .seconds(600))
        )
    }

    private func issue(_ issuer: TokenIssuer) async throws -> Set<ProviderError.Code?> {
        let server = OriginServer(host: "192.0.2.1", port: 6443)
        let spec = AccountTranslationTests.projected
        let order = try #require(TokenOrder(spec: spec, secret: "s", server: server))
        return try await hundredfold { index in
            _ = try await issuer.issue(
                order,
                pod: ObjectKey(namespace: "shop", name: "web-\(index)"),
                uid: "uid-\(index)"
            )
        }
    }

    @Test func `A hundred pods of an account that is not there cost one TokenRequest`() async throws {
        let origin = ScriptedCluster("origin")
        origin.fault(.refuse(404, reason: "NotFound", message: "serviceaccounts \"web\" not found")) {
            $0.resource == "serviceaccounts/token"
        }
        let issuer = issuer(origin)
        for _ in 0..<2 {
            #expect(try await issue(issuer) == [.missing(kind: "ServiceAccount", key: Self.account)])
        }
        #expect(origin.requests(.create, "serviceaccounts/token").count == 1)
    }

    @Test func `A hundred pods of an account that is there get a token each, and no other's`() async throws {
        let origin = ScriptedCluster("origin")
        origin.fault(.answer(["spec": ["expirationSeconds": 600], "status": ["token": "t"]])) {
            $0.resource == "serviceaccounts/token"
        }
        #expect(try await issue(issuer(origin)) == [nil])
        let pods = origin.requests(.create, "serviceaccounts/token").map { $0.body.at("spec", "boundObjectRef", "uid") }
        #expect(pods.count == 100)
        #expect(Set(pods.map { $0?.string ?? "" }).count == 100)
    }
}
