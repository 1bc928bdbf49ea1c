import KubeModel
import Testing

@testable import KubeClient

@Suite struct ExecCredentialTests {
    private static let version = "client.authentication.k8s.io/v1"

    private static func parse(_ status: JSON) throws(ExecCredential.Problem) -> ExecCredential {
        let answer: JSON = ["kind": "ExecCredential", "apiVersion": .string(version), "status": status]
        return try ExecCredential(parsing: answer.serialized(), apiVersion: version)
    }

    @Test func `A token with an end is read`() throws {
        let credential = try Self.parse(["token": "t", "expirationTimestamp": "1970-01-01T00:01:00Z"])
        #expect(credential.token?.value == "t")
        #expect(credential.expiration == 60)
        #expect(credential.certificatePEM == nil)
    }

    @Test func `A certificate with its key is read`() throws {
        let credential = try Self.parse(["clientCertificateData": "c", "clientKeyData": "k", "token": ""])
        #expect(credential.token == nil)
        #expect(credential.certificatePEM?.value == Array("c".utf8))
        #expect(credential.keyPEM?.value == Array("k".utf8))
        #expect(credential.expiration == nil)
    }

    @Test(
        arguments: [
            ([:], "neither a token nor a certificate"),
            (["clientCertificateData": "hush"], "certificate without a key"),
            (["clientKeyData": "hush"], "certificate without a key"),
            (["token": "hush\nhush"], "line breaks"),
            (["token": "hush", "expirationTimestamp": "tomorrow"], "not a time"),
            (.null, "no status"),
        ] as [(JSON, String)]
    )
    func `A status that cannot be used is told, but not shown`(status: JSON, message: String) throws {
        let problem = try #require(throws: ExecCredential.Problem.self) { try Self.parse(status) }
        #expect(problem.message.contains(message))
        #expect(!problem.message.contains("hush"))
    }

    @Test(arguments: [
        ("hush", "is not JSON"),
        ("{\"kind\": \"Hush\"}", "is not an ExecCredential"),
        ("{\"kind\": \"ExecCredential\", \"apiVersion\": \"client.authentication.k8s.io/v1beta1\"}", "answered in"),
        ("{\"kind\": \"ExecCredential\"}", "answered in none"),
    ])
    func `An answer of another kind is told`(output: String, message: String) throws {
        let problem = try #require(throws: ExecCredential.Problem.self) {
            try ExecCredential(parsing: Array(output.utf8), apiVersion: Self.version)
        }
        #expect(problem.message.contains(message))
    }
}
