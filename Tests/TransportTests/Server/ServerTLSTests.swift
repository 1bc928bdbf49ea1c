import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct ServerTLSTests {
    private let authority: CertificateAuthority
    private let client: CurlHTTPClient

    init() throws {
        authority = try .create(commonName: "authority")
        client = try .start()
    }

    /// A server that answers with whom the client's certificate names, and with whom it has been told of.
    private func serving(
        _ context: TLSServerContext,
        _ body: @escaping @Sendable (HTTPServer) async throws -> Void
    ) async throws {
        let loop = try ConnectionLoop.start()
        let server = try HTTPServer(on: loop, host: "127.0.0.1", port: 0, context: context)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await server.run { exchange in
                    let user = exchange.certificate
                    let text = user.map { "\($0.commonName) of \($0.organizations.joined(separator: "+"))" } ?? "nobody"
                    exchange.respond(status: 200, body: Array(text.utf8))
                }
            }
            try await body(server)
            group.cancelAll()
        }
        await loop.stop()
    }

    private func context(clientAuthority: CertificateAuthority?) throws -> TLSServerContext {
        let identity = try authority.issue(commonName: "server", ipAddresses: ["127.0.0.1"], usages: .serverAuth)
        return try TLSServerContext(
            certificatePEM: identity.certificatePEM,
            keyPEM: identity.keyPEM,
            clientAuthoritiesPEM: clientAuthority?.certificatePEM
        )
    }

    private func expect(_ name: String, _ server: HTTPServer, _ user: IssuedCertificate?) async throws {
        let answer = try await ask(server, as: user)
        #expect(answer == name)
    }

    private func ask(_ server: HTTPServer, as user: IssuedCertificate?) async throws -> String {
        let tls = TLSOptions(
            caPEM: authority.certificatePEM,
            certificatePEM: user?.certificatePEM,
            keyPEM: user?.keyPEM
        )
        let request = HTTPRequest(url: "https://127.0.0.1:\(server.port)/")
        return String(decoding: try await client.send(request, over: ConnectionOptions(tls: tls)).body, as: UTF8.self)
    }

    @Test func `A client is who its certificate says, if that is believed, and nobody otherwise`() async throws {
        let stranger = try CertificateAuthority.create(commonName: "authority")
        let (user, groups) = ("jane", ["devs", "ops"])
        let known = try authority.issue(commonName: user, organizations: groups, usages: .clientAuth)
        let unknown = try stranger.issue(commonName: user, organizations: groups, usages: .clientAuth)
        let server = try authority.issue(commonName: user, usages: .serverAuth)
        let past = CertificateValidity(notBefore: 1000, notAfter: 2000)
        let expired = try authority.issue(commonName: user, usages: .clientAuth, validity: past)
        try await serving(context(clientAuthority: authority)) { [self] endpoint in
            try await expect("jane of devs+ops", endpoint, known)
            for other in [nil, unknown, server, expired] {
                try await expect("nobody", endpoint, other)
            }
        }
        try await serving(context(clientAuthority: nil)) { [self] endpoint in
            try await expect("nobody", endpoint, known)
        }
    }

    @Test func `A certificate that expires on a kept connection names nobody any more`() async throws {
        let soon = CertificateValidity.lasting(.seconds(6))
        let user = try authority.issue(commonName: "jane", usages: .clientAuth, validity: soon)
        try await serving(context(clientAuthority: authority)) { [self] endpoint in
            try await expect("jane of ", endpoint, user)
            // Asked again and again, so that the connection is kept.
            while try await ask(endpoint, as: user) != "nobody" { try await Task.sleep(for: .milliseconds(100)) }
        }
    }

    @Test func `New certificates are shown and believed from the next connection on`() async throws {
        let next = try CertificateAuthority.create(commonName: "next")
        let user = try next.issue(commonName: "joe", usages: .clientAuth)
        try await serving(context(clientAuthority: authority)) { [self] endpoint in
            try await expect("nobody", endpoint, user)
            endpoint.replace(try context(clientAuthority: next))
            // The kept connection answers once more and ends; what comes after it is a new one.
            _ = try await ask(endpoint, as: user)
            try await expect("joe of ", endpoint, user)
        }
    }

    @Test func `A certificate and a key that are not of each other are refused`() throws {
        let one = try authority.issue(commonName: "one", usages: .serverAuth)
        let other = try authority.issue(commonName: "other", usages: .serverAuth)
        #expect(throws: TransportError.self) {
            try TLSServerContext(certificatePEM: one.certificatePEM, keyPEM: other.keyPEM)
        }
        #expect(throws: TransportError.self) { try TLSServerContext(certificatePEM: [], keyPEM: one.keyPEM) }
        let broken = Array(one.certificatePEM.dropLast(40))
        #expect(throws: TransportError.self) {
            try TLSServerContext(certificatePEM: one.certificatePEM + broken, keyPEM: one.keyPEM)
        }
    }
}
