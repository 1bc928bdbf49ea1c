import Testing
import Transport

@testable import KubeClient

@Suite struct KubeConfigLoadingTests {
    private static func config(_ name: String, current: String? = nil, server: String) -> String {
        let text = """
            contexts: [{name: \(name), context: {cluster: \(name), user: \(name), namespace: \(name)-ns}}]
            clusters: [{name: \(name), cluster: {server: \(server)}}]
            users: [{name: \(name), user: {token: \(name)-token}}]

            """
        return text + (current.map { "current-context: \($0)\n" } ?? "")
    }

    private static func load(
        _ files: [String: String],
        paths: String? = nil,
        context: String? = nil,
        _ environment: [String: String]
    ) throws(KubeConfigError) -> ClusterAccess {
        let host = KubeConfigFixture.host(InMemoryFiles(files))
        return try KubeConfig.load(paths: paths, context: context, environment: environment, host: host)
    }

    private static let files = [
        "/home/me/.kube/config": config("home", current: "home", server: "https://home"),
        "/a": config("a", server: "https://a"),
        "/b": config("b", current: "b", server: "https://b"),
        "/c": config("a", current: "a", server: "https://c"),
    ]

    @Test(arguments: [
        (nil, ["HOME": "/home/me"], "https://home"),
        (nil, ["HOME": "/home/me", "KUBECONFIG": ""], "https://home"),
        (nil, ["HOME": "/home/me", "KUBECONFIG": "/b"], "https://b"),
        (nil, ["KUBECONFIG": "/a:/b"], "https://b"),
        (nil, ["KUBECONFIG": "/absent::/b:/b"], "https://b"),
        (nil, ["KUBECONFIG": "/a:/c"], "https://a"),
        (nil, ["KUBECONFIG": "/c:/a:/b"], "https://c"),
        ("/b", ["HOME": "/home/me", "KUBECONFIG": "/a:/c"], "https://b"),
    ])
    func `The first file that says something counts`(
        paths: String?,
        environment: [String: String],
        server: String
    ) throws {
        #expect(try Self.load(Self.files, paths: paths, environment).server == server)
    }

    @Test func `A context can be asked for by name`() throws {
        let access = try Self.load(Self.files, context: "a", ["KUBECONFIG": "/b:/a"])
        #expect(access.server == "https://a")
        #expect(access.contextName == "a")
        #expect(access.namespace == "a-ns")
    }

    @Test func `An entry is taken whole from one file`() async throws {
        var files = Self.files
        files["/d"] = "users: [{name: b, user: {as: someone}}]"
        let access = try Self.load(files, ["KUBECONFIG": "/d:/b"])
        #expect(access.server == "https://b")
        #expect(try await KubeConfigFixture.headers(access) == ["Impersonate-User: someone"])
    }

    @Test func `Relative paths begin at the folder of their own file`() async throws {
        let files = InMemoryFiles([
            "/one/config": """
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u}}]
            users: [{name: u, user: {tokenFile: tokens/t}}]
            """,
            "/two/config": "clusters: [{name: c, cluster: {server: https://c, certificate-authority: ../ca.pem}}]",
            "/one/tokens/t": "secret",
            "/two/../ca.pem": KubeConfigFixture.certificate,
        ])
        let environment = ["KUBECONFIG": "/one/config:/two/config"]
        let access = try KubeConfig.load(environment: environment, host: KubeConfigFixture.host(files))
        #expect(try await access.connection().tls.caPEM == Array(KubeConfigFixture.certificate.utf8))
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer secret"])
    }

    @Test(arguments: [
        ("/absent", nil, ["HOME": "/home/me"], "/absent: there is no such file"),
        (nil, nil, [:], "there is no kubeconfig; name a kubeconfig"),
        (nil, nil, ["KUBECONFIG": "/absent"], "there is no kubeconfig"),
        (nil, nil, ["KUBECONFIG": "/a"], "no context is chosen; known are a"),
        (nil, "x", ["KUBECONFIG": "/a:/b"], "context \"x\": there is no such context; known are a, b"),
        (nil, nil, ["KUBECONFIG": "/dangling"], "/dangling:2: context \"gone\": current-context: there is no such"),
        (nil, nil, ["KUBECONFIG": "/b:/broken"], "/broken:3: did not find expected node content"),
        (nil, nil, ["KUBECONFIG": "/b:/binary"], "/binary: is not UTF-8 text"),
    ])
    func `What cannot be loaded is told with its file`(
        paths: String?,
        context: String?,
        environment: [String: String],
        message: String
    ) throws {
        let files = InMemoryFiles(Self.files)
        files.write("\ncurrent-context: gone", to: "/dangling")
        files.write("a:\n  - [\n", to: "/broken")
        files.write(bytes: [0xFF, 0xFE], to: "/binary")
        let host = KubeConfigFixture.host(files)
        let error = try #require(throws: KubeConfigError.self) {
            try KubeConfig.load(paths: paths, context: context, environment: environment, host: host)
        }
        #expect(error.description.hasPrefix(message))
    }
}
