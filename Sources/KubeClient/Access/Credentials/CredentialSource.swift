/// How one proves who one is, apart from a client certificate in the kubeconfig.
enum CredentialSource: Sendable {
    /// By the connection alone, or not at all.
    case none
    /// The value of the `Authorization` header.
    case authorization(Secret<String>)
    case tokenFile(TokenFile)
    case exec(ExecPlugin)

    /// The value of the `Authorization` header now; nil if there is none.
    func authorization() async throws -> Secret<String>? {
        switch self {
        case .none: nil
        case .authorization(let value): value
        case .tokenFile(let file): Self.bearer(try file.token())
        case .exec(let plugin): try await plugin.credential().token.map { Self.bearer($0) }
        }
    }

    /// The certificate and the key that a plugin gives.
    func certificate() async throws -> (certificatePEM: Secret<[UInt8]>, keyPEM: Secret<[UInt8]>)? {
        guard case .exec(let plugin) = self else { return nil }
        let credential = try await plugin.credential()
        guard let certificate = credential.certificatePEM, let key = credential.keyPEM else { return nil }
        return (certificate, key)
    }

    func invalidate() {
        switch self {
        case .none, .authorization: break
        case .tokenFile(let file): file.invalidate()
        case .exec(let plugin): plugin.invalidate()
        }
    }

    static func bearer(_ token: Secret<String>) -> Secret<String> {
        Secret("Bearer \(token.value)")
    }
}
