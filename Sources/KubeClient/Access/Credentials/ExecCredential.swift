import KubeModel

/// What a plugin gives out (client-go pkg/apis/clientauthentication, `ExecCredential`).
struct ExecCredential: Sendable, Hashable {
    let token: Secret<String>?
    let certificatePEM: Secret<[UInt8]>?
    let keyPEM: Secret<[UInt8]>?
    /// In seconds since 1970; nil if it holds until the server refuses it.
    let expiration: Double?

    /// What is wrong with the answer, without the answer.
    struct Problem: Error, Hashable {
        let message: String
    }

    /// Reads what the plugin printed.
    ///
    /// - Parameter apiVersion: The one that was asked for.
    init(parsing output: [UInt8], apiVersion: String) throws(Problem) {
        let answer: JSON
        do {
            answer = try JSON.parse(output)
        } catch {
            throw Problem(message: "what it printed is not JSON")
        }
        guard answer["kind"]?.string == "ExecCredential" else {
            throw Problem(message: "what it printed is not an ExecCredential")
        }
        guard let version = answer["apiVersion"]?.string, version == apiVersion else {
            let version = answer["apiVersion"]?.string ?? "none"
            throw Problem(message: "it is to answer in \(apiVersion), but answered in \(version)")
        }
        guard let status = answer["status"], status.object != nil else {
            throw Problem(message: "its answer has no status")
        }
        try self.init(status)
    }

    private init(_ status: JSON) throws(Problem) {
        token = Self.text(status, "token").map { Secret($0) }
        certificatePEM = Self.text(status, "clientCertificateData").map { Secret(Array($0.utf8)) }
        keyPEM = Self.text(status, "clientKeyData").map { Secret(Array($0.utf8)) }
        guard (certificatePEM == nil) == (keyPEM == nil) else {
            throw Problem(message: "it gave a certificate without a key, or a key without a certificate")
        }
        guard token != nil || certificatePEM != nil else {
            throw Problem(message: "it gave neither a token nor a certificate")
        }
        guard token?.value.hasControlCharacters != true else { throw Problem(message: "its token has line breaks") }
        guard let time = Self.text(status, "expirationTimestamp") else {
            expiration = nil
            return
        }
        guard let seconds = Timestamp.parse(time) else {
            throw Problem(message: "its expirationTimestamp is not a time such as 2024-02-29T12:00:00Z")
        }
        expiration = seconds
    }

    private static func text(_ status: JSON, _ key: String) -> String? {
        guard let text = status[key]?.string, !text.isEmpty else { return nil }
        return text
    }
}
