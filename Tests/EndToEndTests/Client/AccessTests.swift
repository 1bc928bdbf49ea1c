import Foundation
import KubeClient
import KubeModel
import TestSupport
import Testbed
import Testing
import Transport

extension ClientTests {
    /// How a server is known and how it knows us.
    @Suite struct AccessTests {}
}

extension ClientTests.AccessTests {
    @Test("A kubeconfig with a client certificate lets its user in")
    func certificate() async throws {
        let server = TestServer.current
        let file = try server.control.writeKubeconfig(user: "jane", groups: ["developers"])
        let client = server.client(try KubeConfig.load(paths: file, environment: [:]))
        #expect(try await identity(of: client) == "jane")
    }

    @Test("A server of another authority is not believed, and the error says so")
    func wrongAuthority() async throws {
        let server = TestServer.current
        let stranger = try CertificateAuthority.create(commonName: "stranger")
        let kubeconfig = ["certificate-authority-data": stranger.certificatePEM]
            .mapValues { JSON.string(Data($0).base64EncodedString()) }
        let client = try client(user: ["token": "any"], cluster: JSON.object(JSONObject(kubeconfig.map { ($0, $1) })))
        let error = try await #require(throws: APIError.self) { try await client.version() }
        #expect(error.code == .tls)
        #expect(error.disposition == .retryLater(nil))
        #expect(error.message.contains("certificate"), "\(error)")
        _ = try await server.client.version()
    }

    @Test("A token file is read again when its token is refused, and when it has grown old")
    func tokenFile() async throws {
        let accounts = try await Accounts.make()
        let clock = ManualClock()
        try accounts.write("not a token of this server")
        let client = try client(user: ["tokenFile": .string(accounts.tokenFile)], clock: clock)
        let error = try await #require(throws: APIError.self) { try await identity(of: client) }
        #expect(error.code == .unauthorized)
        try accounts.write(accounts.firstToken)
        #expect(try await identity(of: client) == accounts.first)
        try accounts.write(accounts.secondToken)
        #expect(try await identity(of: client) == accounts.first, "within a minute the file is not read again")
        clock.advance(by: .seconds(61))
        #expect(try await identity(of: client) == accounts.second)
    }

    @Test("An exec plugin is run once for many calls, and again when what it gave is refused")
    func execPlugin() async throws {
        let accounts = try await Accounts.make()
        let clock = ManualClock()
        let plugin = try accounts.writePlugin()
        let exec: JSON = [
            "apiVersion": "client.authentication.k8s.io/v1beta1", "command": .string(plugin),
            "interactiveMode": "Never",
        ]
        try accounts.write(accounts.firstToken)
        let client = try client(user: ["exec": exec], clock: clock)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 { group.addTask { try await identity(of: client) } }
            for try await name in group { #expect(name == accounts.first) }
        }
        #expect(try accounts.pluginRuns == 1)
        try await accounts.revokeFirst()
        try accounts.write(accounts.secondToken)
        clock.advance(by: .seconds(10))
        // API servers believe a token that they have seen for another ten seconds.
        try await eventually("the second account's token is used", within: .seconds(15)) {
            try await identity(of: client)
        } until: {
            $0 == accounts.second
        }
        #expect(try accounts.pluginRuns == 2)
    }

    /// A client by a kubeconfig with these members for the cluster and the user.
    private func client(
        user: JSON,
        cluster members: JSON? = nil,
        clock: any Clock<Duration> = ContinuousClock()
    ) throws -> APIClient {
        let server = TestServer.current
        let authority = Data(server.control.authority.certificatePEM).base64EncodedString()
        var cluster = members ?? ["certificate-authority-data": .string(authority)]
        cluster["server"] = .string("https://\(server.control.endpoint)")
        let kubeconfig: JSON = [
            "apiVersion": "v1", "kind": "Config", "current-context": "it",
            "clusters": [["name": "it", "cluster": cluster]],
            "users": [["name": "it", "user": user]],
            "contexts": [["name": "it", "context": ["cluster": "it", "user": "it"]]],
        ]
        let environment = ["PATH": "/usr/bin:/bin"]
        return server.client(
            try KubeConfig.parse(
                yaml: kubeconfig.text,
                file: "\(server.directory)/kubeconfig",
                environment: environment,
                host: AccessHost(clock: clock)
            )
        )
    }

    /// Who the server takes a client for: it names those whom it forbids something.
    private func identity(of client: APIClient) async throws -> String {
        do {
            _ = try await client.get(.secrets, namespace: "kube-system", name: "any")
        } catch let error as APIError where error.code == .forbidden {
            let words = error.message.split(separator: "\"", omittingEmptySubsequences: false)
            guard let user = words.firstIndex(where: { $0.hasSuffix("User ") }) else { return error.message }
            return String(words[user + 1])
        }
        return "somebody who may read secrets"
    }
}

/// Two service accounts, their tokens, and a file and a plugin that give one of the tokens.
private struct Accounts {
    let namespace: String
    let firstToken: String
    let secondToken: String
    let tokenFile: String

    var first: String { "system:serviceaccount:\(namespace):first" }
    var second: String { "system:serviceaccount:\(namespace):second" }

    static func make() async throws -> Accounts {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("accounts")
        return Accounts(
            namespace: namespace,
            firstToken: try await makeToken("first", in: namespace),
            secondToken: try await makeToken("second", in: namespace),
            tokenFile: "\(server.directory)/\(namespace)-token"
        )
    }

    private static func makeToken(_ name: String, in namespace: String) async throws -> String {
        let client = TestServer.current.client
        let account = Resource.serviceAccounts.typed(["metadata": ["name": .string(name)]])
        _ = try await client.create(.serviceAccounts, namespace: namespace, object: account)
        let request: JSON = [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": ["expirationSeconds": 3600],
        ]
        let answer = try await client.create(
            .serviceAccounts,
            namespace: namespace,
            object: request,
            subresource: "token",
            name: name
        )
        return try #require(answer.at("status", "token")?.string)
    }

    /// Writes what the file, and the plugin, give from now on.
    func write(_ token: String) throws {
        try token.write(toFile: tokenFile, atomically: true, encoding: .utf8)
    }

    /// Takes the first account away, and with it what its tokens are good for.
    func revokeFirst() async throws {
        _ = try await TestServer.current.client.delete(.serviceAccounts, namespace: namespace, name: "first")
    }

    /// A plugin that gives what is in the token file, and writes down that it was run.
    func writePlugin() throws -> String {
        let script = """
            #!/bin/sh
            echo run >> '\(tokenFile)-runs'
            printf '{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", '
            printf '"status": {"token": "%s"}}' "$(cat '\(tokenFile)')"
            """
        let path = "\(tokenFile)-plugin"
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        return path
    }

    var pluginRuns: Int {
        get throws {
            try String(contentsOfFile: "\(tokenFile)-runs", encoding: .utf8).split(separator: "\n").count
        }
    }
}
