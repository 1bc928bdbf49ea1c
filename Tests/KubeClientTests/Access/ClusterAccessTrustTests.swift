import KubeClient
import Testing

@Suite struct ClusterAccessTrustTests {
    private static let authority = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="

    private func access(_ server: String, _ cluster: String = "", user: String = "token: t") throws -> ClusterAccess {
        let text = """
            current-context: a
            clusters: [{name: a, cluster: {server: "\(server)"\(cluster.isEmpty ? "" : ", \(cluster)")}}]
            users: [{name: a, user: {\(user)}}]
            contexts: [{name: a, context: {cluster: a, user: a}}]
            """
        return try KubeConfig.parse(yaml: text, file: "test", environment: [:])
    }

    @Test(arguments: [
        ("https://h", "certificate-authority-data: \(authority)", ClusterAccess.Trust.ownAuthority),
        ("https://h", "", .systemAuthorities), ("https://h", "insecure-skip-tls-verify: true", .unverified),
        ("http://h", "", .clear),
    ])
    func `How a server is known`(server: String, cluster: String, trust: ClusterAccess.Trust) async throws {
        #expect(try await access(server, cluster).trust() == trust)
    }

    @Test(arguments: [
        ("https://127.0.0.1:6443", true), ("https://localhost", true), ("https://[::1]:6443/path", true),
        ("https://10.0.0.1:6443", false), ("https://api.example.org", false),
    ])
    func `What means another machine to others`(server: String, isLoopback: Bool) throws {
        #expect(try access(server).isLoopback == isLoopback)
    }

    @Test func `The same server for another token needs nothing else`() async throws {
        let cluster = "certificate-authority-data: \(Self.authority), tls-server-name: api, proxy-url: \"http://p:1\""
        let old = try access("https://10.0.0.1:6443/k", cluster, user: "username: me, password: hidden")
        let text = try await old.kubeconfig(named: "west", token: Secret("new-token")).value
        #expect(!text.contains("hidden"))
        let new = try KubeConfig.parse(yaml: text, file: "test", isSelfContained: true, environment: [:])
        #expect(new.server == old.server)
        #expect(try await new.connection() == old.connection())
        #expect(try await new.headers().map(\.value) == ["Bearer new-token"])
    }
}
