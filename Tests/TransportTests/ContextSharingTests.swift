import CTransport
import TestSupport
import Testing

@testable import Transport

/// What the contexts of TLS share, and that nobody is believed or named by it who would not be without.
@Suite(.timeLimit(.minutes(1))) struct ContextSharingTests {
    private let client: CurlHTTPClient
    private let authority: CertificateAuthority
    private let stranger: CertificateAuthority

    init() throws {
        client = try .start()
        authority = try .create(commonName: "one")
        stranger = try .create(commonName: "another")
    }

    /// Where the parts of a context are.
    private struct Parts: Equatable {
        let store: OpaquePointer?
        let certificate: OpaquePointer?
        let key: OpaquePointer?
        let issuer: UnsafeMutableRawPointer?

        init(of context: TLSContext) {
            store = SSL_CTX_get_cert_store(context.raw)
            certificate = SSL_CTX_get0_certificate(context.raw)
            key = SSL_CTX_get0_privatekey(context.raw)
            var chain: OpaquePointer?
            let isCopied = mt_context_copy_chain(context.raw, &chain)
            #expect(isCopied)
            issuer = OPENSSL_sk_value(chain, 0)
            mt_chain_free(chain)
        }
    }

    /// Options with a client certificate and the one that leads to its authority.
    private func options(_ name: String) throws -> TLSOptions {
        let identity = try authority.issue(commonName: name, usages: .clientAuth)
        return TLSOptions(
            caPEM: authority.certificatePEM,
            certificatePEM: identity.certificatePEM + authority.certificatePEM,
            keyPEM: identity.keyPEM
        )
    }

    /// A context as libcurl sets one up: with parts of its own.
    private func context(_ options: TLSOptions) throws -> TLSContext {
        let context = try TLSContext(method: TLS_client_method())
        if let certificate = options.certificatePEM, let key = options.keyPEM {
            try context.setIdentity(certificatePEM: certificate, keyPEM: key)
        }
        return context
    }

    @Test func `Contexts of equal options share authorities, certificates and key`() throws {
        let (sharing, options) = (ContextSharing(), try options("martlet"))
        let (first, second) = (try context(options), try context(options))
        let parts = Parts(of: first)
        #expect(Parts(of: second) != parts)
        try sharing.adopt(first.raw, for: options)
        try sharing.adopt(second.raw, for: options)
        #expect(Parts(of: first) == parts)
        #expect(Parts(of: second) == parts)
        #expect(parts.issuer != nil)
        #expect(SSL_CTX_check_private_key(second.raw) == 1)
    }

    @Test func `Contexts without a client certificate share authorities`() throws {
        let (sharing, options) = (ContextSharing(), TLSOptions(caPEM: authority.certificatePEM))
        let (first, second) = (try context(options), try context(options))
        try sharing.adopt(first.raw, for: options)
        try sharing.adopt(second.raw, for: options)
        #expect(Parts(of: second) == Parts(of: first))
    }

    @Test func `Contexts of other options share nothing`() throws {
        let (sharing, options) = (ContextSharing(), try options("martlet"))
        let first = try context(options)
        try sharing.adopt(first.raw, for: options)
        var others = [try self.options("martlet"), options, options, options]
        others[1].caPEM = stranger.certificatePEM
        others[2].serverName = "kubernetes.example"
        others[3].skipVerify = true
        for other in others {
            let context = try context(other)
            let parts = Parts(of: context)
            try sharing.adopt(context.raw, for: other)
            #expect(Parts(of: context) == parts)
        }
        withExtendedLifetime(first) {}
    }

    @Test func `What contexts share goes with the last of them`() throws {
        let (sharing, options) = (ContextSharing(), try options("martlet"))
        var contexts = [try context(options), try context(options)]
        for context in contexts { try sharing.adopt(context.raw, for: options) }
        contexts.removeFirst()
        contexts.append(try context(options))
        try sharing.adopt(contexts[1].raw, for: options)
        #expect(Parts(of: contexts[1]) == Parts(of: contexts[0]))
        contexts = []
        let last = try context(options)
        let parts = Parts(of: last)
        try sharing.adopt(last.raw, for: options)
        #expect(Parts(of: last) == parts)
    }

    /// A server that answers each request with a stream of the client's name that does not end.
    private func server(_ issuer: CertificateAuthority, clientCA: [UInt8]? = nil) throws -> TestServer {
        let identity = try issuer.issue(commonName: "server", ipAddresses: ["127.0.0.1"], usages: .serverAuth)
        return try TestServer(tls: TestTLS(identity, clientCA: clientCA)) { connection, _ in
            guard connection.readRequest() != nil else { return }
            connection.write(TestResponse.chunkedHead + TestResponse.chunk(connection.clientName ?? "nobody"))
            connection.waitForEnd()
        }
    }

    private func stream(from server: TestServer, _ tls: TLSOptions) async throws -> HTTPStream {
        try await client.stream(HTTPRequest(url: server.url), over: ConnectionOptions(tls: tls))
    }

    private func isRefused(_ server: TestServer, _ tls: TLSOptions) async throws -> Bool {
        do {
            _ = try await stream(from: server, tls)
            return false
        } catch let error as TransportError {
            return error.code == .tls
        }
    }

    /// Also what comes after a change of authorities: the old ones' connections are still open.
    @Test func `Authorities vouch for their own servers only, whoever else is connected`() async throws {
        let (old, new) = (try server(authority), try server(stranger))
        let (believesOld, believesNew) = (
            TLSOptions(caPEM: authority.certificatePEM), TLSOptions(caPEM: stranger.certificatePEM)
        )
        let broken = TLSOptions(caPEM: Array("nonsense".utf8))
        var streams: [HTTPStream] = []
        for _ in 1...2 {
            streams.append(try await stream(from: old, believesOld))
            #expect(try await isRefused(new, believesOld))
            streams.append(try await stream(from: new, believesNew))
            #expect(try await isRefused(old, believesNew))
            #expect(try await isRefused(old, broken))
            #expect(try await isRefused(old, TLSOptions()))
        }
        let both = TLSOptions(caPEM: authority.certificatePEM + stranger.certificatePEM)
        streams.append(try await stream(from: old, both))
        streams.append(try await stream(from: new, both))
        #expect(streams.allSatisfy { $0.head.status == 200 })
    }

    @Test func `Each client shows its own certificate, whoever else is connected`() async throws {
        let server = try server(authority, clientCA: authority.certificatePEM)
        let clients = [try options("first"), try options("second")]
        var streams: [HTTPStream] = []
        for _ in 1...2 {
            for (name, tls) in zip(["first", "second"], clients) {
                let stream = try await stream(from: server, tls)
                var chunks = stream.body.makeAsyncIterator()
                #expect(try await chunks.next() == Array(name.utf8))
                streams.append(stream)
            }
        }
        #expect(server.connectionCount == streams.count)
    }
}
