import FoundationEssentials
import Testing
import Transport

@testable import KubeClient

@Suite struct KubeConfigResolvingTests {
    private static let files = [
        "/etc/kube/ca.pem": KubeConfigFixture.certificate,
        "/etc/kube/me.pem": KubeConfigFixture.otherCertificate,
        "/etc/kube/me.key": KubeConfigFixture.key,
        "/etc/kube/token": "from-file\n",
        "/etc/kube/nonsense": "hello",
    ]

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    private static func access(
        cluster: String = "server: https://one:6443",
        user: String = ""
    ) throws(KubeConfigError) -> ClusterAccess {
        try KubeConfigFixture.access(
            cluster: cluster,
            user: user,
            host: KubeConfigFixture.host(InMemoryFiles(files))
        )
    }

    @Test(arguments: [
        ("", []),
        ("token: t", ["Authorization: Bearer t"]),
        ("tokenFile: token", ["Authorization: Bearer from-file"]),
        ("tokenFile: token, token: t", ["Authorization: Bearer from-file"]),
        ("tokenFile: absent, token: t", ["Authorization: Bearer t"]),
        ("username: u, password: p", ["Authorization: Basic dTpw"]),
        ("username: u", ["Authorization: Basic dTo="]),
        (
            "token: t, exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: absent}",
            ["Authorization: Bearer t"]
        ),
        ("as: a", ["Impersonate-User: a"]),
        (
            "token: t, as: a, as-uid: '1', as-groups: [g, h], as-user-extra: {b: [p, q], a/b%: [r]}",
            [
                "Authorization: Bearer t", "Impersonate-User: a", "Impersonate-Uid: 1", "Impersonate-Group: g",
                "Impersonate-Group: h", "Impersonate-Extra-a%2Fb%25: r", "Impersonate-Extra-b: p",
                "Impersonate-Extra-b: q",
            ]
        ),
    ])
    func `A user becomes headers`(user: String, headers: [String]) async throws {
        #expect(try await KubeConfigFixture.headers(Self.access(user: user)) == headers)
    }

    @Test func `Inline data goes before files`() async throws {
        let access = try Self.access(
            cluster: """
                server: https://one, certificate-authority: absent,
                certificate-authority-data: \(Self.base64(KubeConfigFixture.otherCertificate))
                """,
            user: """
                client-certificate: absent, client-certificate-data: \(Self.base64(KubeConfigFixture.certificate)),
                client-key: absent, client-key-data: \(Self.base64(KubeConfigFixture.key))
                """
        )
        let tls = try await access.connection().tls
        #expect(tls.caPEM == Array(KubeConfigFixture.otherCertificate.utf8))
        #expect(tls.certificatePEM == Array(KubeConfigFixture.certificate.utf8))
        #expect(tls.keyPEM == Array(KubeConfigFixture.key.utf8))
    }

    @Test func `A cluster becomes connection options`() async throws {
        let access = try Self.access(
            cluster: """
                server: https://one/, tls-server-name: two, certificate-authority: ca.pem,
                proxy-url: "socks5://u:p@proxy:1080"
                """,
            user: "client-certificate: me.pem, client-key: /etc/kube/me.key"
        )
        let connection = try await access.connection()
        #expect(access.server == "https://one")
        #expect(access.namespace == "default")
        #expect(connection.proxyURL == "socks5://u:p@proxy:1080")
        #expect(connection.tls.serverName == "two")
        #expect(connection.tls.skipVerify == false)
        #expect(connection.tls.caPEM == Array(KubeConfigFixture.certificate.utf8))
        #expect(connection.tls.certificatePEM == Array(KubeConfigFixture.otherCertificate.utf8))
    }

    @Test func `Verification can be switched off`() async throws {
        let access = try Self.access(cluster: "server: https://one, insecure-skip-tls-verify: true")
        #expect(try await access.connection().tls.skipVerify)
    }

    @Test func `Credentials do not travel in clear`() async throws {
        let user = "token: t, as: a, client-certificate: me.pem, client-key: me.key"
        let access = try Self.access(cluster: "server: http://one:8080", user: user)
        #expect(try await access.headers().isEmpty)
        #expect(try await access.connection().tls.certificatePEM == nil)
    }

    @Test(arguments: [
        ("server: ''", "", "9: cluster \"one\": server: is missing"),
        ("server: 'ftp://x'", "", "9: cluster \"one\": server: must begin with https://"),
        (
            "server: https://x, insecure-skip-tls-verify: true, certificate-authority: ca.pem", "",
            "9: cluster \"one\": insecure-skip-tls-verify: is true, which excludes certificate-authority"
        ),
        (
            "server: https://x, certificate-authority: absent", "",
            "9: cluster \"one\": certificate-authority: cannot read /etc/kube/absent: there is no such file"
        ),
        (
            "server: https://x, certificate-authority: nonsense", "",
            "9: cluster \"one\": certificate-authority: is not in PEM form"
        ),
        (
            "server: https://x, certificate-authority-data: '%%'", "",
            "9: cluster \"one\": certificate-authority-data: is not base64"
        ),
        (
            "server: https://x, insecure-skip-tls-verify: maybe", "",
            "9: cluster \"one\": insecure-skip-tls-verify: must be true or false"
        ),
        ("server: https://x, proxy-url: 'ftp://p'", "", "9: cluster \"one\": proxy-url: must begin with http://"),
        ("server: https://x", "token: 123", "12: user \"me\": token: must be text"),
        ("server: https://x", "token: t, username: u", "12: user \"me\": username: excludes a token"),
        ("server: https://x", "password: p", "12: user \"me\": username: is missing beside the password"),
        ("server: https://x", "client-certificate: me.pem", "12: user \"me\": client-key: is missing"),
        ("server: https://x", "client-key: me.key", "12: user \"me\": client-certificate: is missing"),
        ("server: https://x", "as-groups: [g]", "12: user \"me\": as: is missing beside"),
        ("server: https://x", "as: \"a\\nb\"", "12: user \"me\": as: must not have line breaks"),
        ("server: https://x", "token: \"a\\r\\nX: y\"", "12: user \"me\": token: must be one line"),
        ("server: https://x", "auth-provider: {name: gcp}", "12: user \"me\": auth-provider: is not supported"),
        ("server: https://x", "exec: {}", "12: user \"me\": exec.command: is missing"),
        ("server: https://x", "exec: {command: c}", "12: user \"me\": exec.apiVersion: is missing; it must be client."),
        (
            "server: https://x", "exec: {command: c, apiVersion: client.authentication.k8s.io/v1alpha1}",
            "12: user \"me\": exec.apiVersion: must be client.authentication.k8s.io/v1 or"
        ),
        (
            "server: https://x", "exec: {command: c, apiVersion: client.authentication.k8s.io/v1}",
            "12: user \"me\": exec.interactiveMode: must be Never, IfAvailable or Always"
        ),
        (
            "server: https://x",
            "exec: {command: c, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}",
            "12: user \"me\": exec.interactiveMode: is Always, but there is no terminal"
        ),
        ("server: https://x", "exec: {command: c, env: [{value: x}]}", "12: user \"me\": exec.env[0].name: must name"),
        ("server: https://x", "exec: [c]", "12: user \"me\": exec: must be a mapping"),
    ])
    func `A mistake is told with line, entry and field`(cluster: String, user: String, message: String) throws {
        let error = try #require(throws: KubeConfigError.self) { try Self.access(cluster: cluster, user: user) }
        #expect(error.description.hasPrefix("/etc/kube/config:" + message))
    }

    @Test(arguments: [
        ("kind: Pod", "f:1: kind: must be Config in a kubeconfig, not Pod"),
        ("- a", "f:1: must be a mapping"),
        ("contexts: {}", "f:1: contexts: must be a list"),
        ("users:\n- user: {}", "f:2: users[0].name: is missing"),
        ("users:\n- name: a\n- name: a", "f:3: users[1].name: \"a\" is there twice"),
        ("current-context: c\ncontexts:\n- name: c\n  context: {user: u}", "f:4: context \"c\": cluster: is missing"),
        (
            "current-context: c\ncontexts:\n- name: c\n  context:\n    cluster: x",
            "f:5: context \"c\": cluster: there is no cluster \"x\"; there is none"
        ),
        (
            "current-context: c\ncontexts:\n- name: c\n  context: {cluster: x, user: z}\nclusters: [{name: x}]",
            "f:4: context \"c\": user: there is no user \"z\"; there is none"
        ),
    ])
    func `A file that is no good kubeconfig is told`(text: String, message: String) throws {
        let error = try #require(throws: KubeConfigError.self) {
            try KubeConfig.parse(yaml: text, file: "f", environment: [:], host: KubeConfigFixture.host())
        }
        #expect(error.description == message)
    }

    @Test func `The line is that of the field`() throws {
        let text = """
            current-context: c
            contexts: [{name: c, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: https://c}}]
            users:
            - name: u
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  command: x
                  interactiveMode: Sometimes
            """
        let error = try #require(throws: KubeConfigError.self) {
            try KubeConfig.parse(yaml: text, file: "f", environment: [:], host: KubeConfigFixture.host())
        }
        #expect(error.line == 10)
        #expect(error.subject == .user("u"))
        #expect(error.field == "exec.interactiveMode")
    }
}
