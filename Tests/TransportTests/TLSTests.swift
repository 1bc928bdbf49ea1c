import Synchronization
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct TLSTests {
    private let client: CurlHTTPClient
    private let authority: CertificateAuthority
    private let stranger: CertificateAuthority

    init() throws {
        client = try .start()
        authority = try .create(commonName: "one")
        stranger = try .create(commonName: "another")
    }

    private func server(
        dnsNames: [String] = [],
        ipAddresses: [String] = ["127.0.0.1"],
        usages: CertificateUsages = .serverAuth,
        validity: CertificateValidity = .year,
        clientCA: [UInt8]? = nil,
        seen: Event<[String?]>? = nil
    ) throws -> TestServer {
        let identity = try authority.issue(
            commonName: "server",
            dnsNames: dnsNames,
            ipAddresses: ipAddresses,
            usages: usages,
            validity: validity
        )
        return try TestServer(tls: TestTLS(identity, clientCA: clientCA)) { connection, _ in
            while let request = connection.readRequest() {
                seen?.happen([connection.clientName, connection.askedName, request.value(of: "Host")])
                connection.write(TestResponse.whole("ok"))
            }
        }
    }

    private func code(_ server: TestServer, _ tls: TLSOptions) async throws -> TransportError.Code? {
        do {
            _ = try await client.send(HTTPRequest(url: server.url), over: ConnectionOptions(tls: tls))
            return nil
        } catch let error as TransportError {
            return error.code
        }
    }

    /// libcurl 7.88 over HTTP/2 passes an aborted body off as a whole one, and every API server would take HTTP/2.
    @Test func `HTTP 1.1 is all that is offered`() async throws {
        let hello = Mutex<[UInt8]>([])
        let server = try TestServer { connection, _ in
            // A record's head has its length in the last two of five bytes (RFC 8446, section 5.1).
            while let more = connection.read() {
                let isWhole = hello.withLock { hello in
                    hello += more
                    return hello.count >= 5 && hello.count >= 5 + Int(hello[3]) << 8 + Int(hello[4])
                }
                if isWhole { return connection.close() }
            }
        }
        _ = try? await client.send(HTTPRequest(url: "https://127.0.0.1:\(server.port)"), over: ConnectionOptions())
        let bytes = hello.withLock { $0 }
        #expect(bytes.first == 22, "a handshake")
        #expect(bytes.firstRange(of: Array("\u{8}http/1.1".utf8)) != nil)
        #expect(bytes.firstRange(of: Array("\u{2}h2".utf8)) == nil)
    }

    @Test func `A server of the given authority is believed`() async throws {
        #expect(try await code(server(), TLSOptions(caPEM: authority.certificatePEM)) == nil)
    }

    @Test func `A server of another authority is not believed`() async throws {
        #expect(try await code(server(), TLSOptions(caPEM: stranger.certificatePEM)) == .tls)
    }

    @Test func `A server of a private authority is not believed by default`() async throws {
        #expect(try await code(server(), TLSOptions()) == .tls)
    }

    @Test func `A server for another address is not believed`() async throws {
        let server = try server(ipAddresses: ["127.0.0.2"])
        #expect(try await code(server, TLSOptions(caPEM: authority.certificatePEM)) == .tls)
    }

    @Test func `A server whose certificate has run out is not believed`() async throws {
        let server = try server(validity: CertificateValidity(notBefore: 1_000_000_000, notAfter: 1_100_000_000))
        #expect(try await code(server, TLSOptions(caPEM: authority.certificatePEM)) == .tls)
    }

    @Test func `A server with a client's certificate is not believed`() async throws {
        let server = try server(usages: .clientAuth)
        #expect(try await code(server, TLSOptions(caPEM: authority.certificatePEM)) == .tls)
    }

    @Test func `Any server is believed when the caller says so`() async throws {
        #expect(try await code(server(ipAddresses: ["127.0.0.2"]), TLSOptions(skipVerify: true)) == nil)
    }

    @Test func `Authorities that can't be read are no authorities`() async throws {
        #expect(try await code(server(), TLSOptions(caPEM: Array("nonsense".utf8))) == .tls)
    }

    @Test func `A server's other name is asked for and believed, and the host stays the host`() async throws {
        let seen = Event<[String?]>()
        let server = try server(dnsNames: ["kubernetes.example"], ipAddresses: [], seen: seen)
        var tls = TLSOptions(caPEM: authority.certificatePEM)
        #expect(try await code(server, tls) == .tls)
        tls.serverName = "kubernetes.example"
        #expect(try await code(server, tls) == nil)
        #expect(await seen.wait() == [nil, "kubernetes.example", "127.0.0.1:\(server.port)"])
        tls.serverName = "other.example"
        #expect(try await code(server, tls) == .tls)
    }

    @Test func `A client's certificate is shown to the server`() async throws {
        let seen = Event<[String?]>()
        let server = try server(clientCA: authority.certificatePEM, seen: seen)
        let identity = try authority.issue(commonName: "martlet", usages: .clientAuth)
        let tls = TLSOptions(
            caPEM: authority.certificatePEM,
            certificatePEM: identity.certificatePEM,
            keyPEM: identity.keyPEM
        )
        #expect(try await code(server, tls) == nil)
        #expect(await seen.wait()?.first == "martlet")
    }

    @Test func `A client without the certificate that is asked for is refused`() async throws {
        let server = try server(clientCA: authority.certificatePEM)
        #expect(try await code(server, TLSOptions(caPEM: authority.certificatePEM)) == .tls)
    }

    @Test func `A client with a stranger's certificate is refused`() async throws {
        let server = try server(clientCA: authority.certificatePEM)
        let identity = try stranger.issue(commonName: "martlet", usages: .clientAuth)
        let tls = TLSOptions(
            caPEM: authority.certificatePEM,
            certificatePEM: identity.certificatePEM,
            keyPEM: identity.keyPEM
        )
        #expect(try await code(server, tls) == .tls)
    }

    @Test func `A certificate without its key is refused before anything is sent`() async throws {
        let server = try server()
        let identity = try authority.issue(commonName: "martlet", usages: .clientAuth)
        let other = try authority.issue(commonName: "other", usages: .clientAuth)
        for key in [nil, other.keyPEM, Array("nonsense".utf8)] {
            let tls = TLSOptions(
                caPEM: authority.certificatePEM,
                certificatePEM: identity.certificatePEM,
                keyPEM: key
            )
            #expect(try await code(server, tls) == .tls)
        }
    }

    @Test func `Clients of different certificates never share a connection`() async throws {
        let seen = Event<[String?]>()
        let server = try server(clientCA: authority.certificatePEM, seen: seen)
        for name in ["first", "second", "first"] {
            let identity = try authority.issue(commonName: name, usages: .clientAuth)
            let tls = TLSOptions(
                caPEM: authority.certificatePEM,
                certificatePEM: identity.certificatePEM,
                keyPEM: identity.keyPEM
            )
            #expect(try await code(server, tls) == nil)
            #expect(await seen.wait()?.first == name)
        }
        #expect(server.connectionCount == 3)
    }

    @Test func `Calls with the same certificate share a connection`() async throws {
        let server = try server()
        let tls = TLSOptions(caPEM: authority.certificatePEM)
        for _ in 1...3 { #expect(try await code(server, tls) == nil) }
        #expect(server.connectionCount == 1)
    }

    @Test func `Options never show keys`() throws {
        let identity = try authority.issue(commonName: "martlet", usages: .clientAuth)
        let tls = TLSOptions(certificatePEM: identity.certificatePEM, keyPEM: Array("s3cret".utf8), serverName: "a")
        var dumped = ""
        dump(tls, to: &dumped)
        dump(ConnectionOptions(tls: tls), to: &dumped)
        for text in ["\(tls)", String(reflecting: tls), dumped] {
            #expect(!text.contains("s3cret") && !text.contains("115"))
        }
        #expect("\(tls)" == "TLS(CAs of the system, client certificate, server name a)")
    }
}
