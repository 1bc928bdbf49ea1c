import FoundationEssentials
import Testing
import Transport

@testable import KubeClient

@Suite struct RedactionTests {
    private static let secret = "hush-hush"
    private static let encoded = Data("-----BEGIN \(secret)".utf8).base64EncodedString()

    private static let text = KubeConfigFixture.config(
        cluster: "server: https://one, proxy-url: 'http://u:\(secret)@proxy'",
        user: """
            token: \(secret), password: \(secret), username: me, client-certificate-data: \(encoded),
            client-key-data: \(encoded), exec: {command: c, args: [\(secret)], env: [{name: A, value: \(secret)}]}
            """
    )

    private static func renderings(_ value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", String(reflecting: value), dumped]
    }

    private static func isSafe(_ value: Any) -> Bool {
        let bytes = "\(Array(secret.utf8))".dropFirst().dropLast()
        return renderings(value).allSatisfy { rendering in
            ![secret, encoded, String(bytes)].contains { rendering.contains($0) }
        }
    }

    @Test func `The entries of a kubeconfig do not show secrets`() throws {
        let file = try KubeConfigFile(parsing: Self.text, file: "f")
        let user = try #require(file.users["me"])
        #expect(user.token?.value == Self.secret)
        #expect(Self.isSafe(user))
        #expect(Self.isSafe(file))
    }

    @Test func `An access does not show secrets`() async throws {
        let user = "token: \(Self.secret), client-certificate-data: \(Self.encoded), client-key-data: \(Self.encoded)"
        let cluster = "server: https://one, proxy-url: 'http://u:\(Self.secret)@proxy'"
        let access = try KubeConfigFixture.access(cluster: cluster, user: user)
        #expect(Self.isSafe(access))
        #expect("\(access)" == "https://one (context \"main\")")
        #expect(Self.isSafe(try await access.connection()))
        #expect(try await access.headers().first?.value.contains(Self.secret) == true)
    }

    @Test func `Errors do not show secrets`() {
        #expect(Self.isSafe(Self.error(Self.text)))
        for user in ["token: [\(Self.secret)]", "token: \"\(Self.secret)\\n\"", "client-key-data: '!\(Self.secret)'"] {
            #expect(Self.isSafe(Self.error(KubeConfigFixture.config(user: user))))
        }
        #expect(Self.isSafe(Self.error(KubeConfigFixture.config(cluster: "server: 'https://u:\(Self.secret)@one'"))))
        #expect(Self.isSafe(Self.error(KubeConfigFixture.config(cluster: "proxy-url: 'ftp://u:\(Self.secret)@p'"))))
        #expect(Self.isSafe(Self.error("token: \(Self.secret)\n  bad: \(Self.secret)")))
    }

    @Test func `Programs do not show what they are given and what they say`() {
        let call = ProgramCall(
            command: "c",
            arguments: [Self.secret],
            environment: ["A": Self.secret],
            timeLimit: .seconds(1)
        )
        let result = ProgramResult(end: .exited(code: 0), output: Array(Self.secret.utf8))
        #expect(Self.isSafe(call))
        #expect(Self.isSafe(result))
    }

    private static func error(_ text: String) -> String {
        do {
            return try "\(KubeConfig.parse(yaml: text, file: "f", environment: [:], host: KubeConfigFixture.host()))"
        } catch {
            return renderings(error).joined()
        }
    }
}
