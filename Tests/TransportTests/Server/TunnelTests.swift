import CTransport
import TestSupport
import Testing

@testable import Transport

/// A client, a server of ours that makes a tunnel of its request, and a scripted server at the other end, with TLS.
@Suite(.timeLimit(.minutes(1))) struct TunnelTests {
    private let authority: CertificateAuthority
    private let identity: IssuedCertificate

    init() throws {
        authority = try .create(commonName: "authority")
        identity = try authority.issue(commonName: "server", ipAddresses: ["127.0.0.1"], usages: .serverAuth)
    }

    private func tunnelling(
        limits: HTTPServerLimits = HTTPServerLimits(),
        caPEM: [UInt8]? = nil,
        to server: TestServer,
        outcome: AsyncStream<Result<TunnelOutcome, any Error>>.Continuation? = nil,
        _ body: @escaping @Sendable (UInt16) async throws -> Void
    ) async throws {
        let loop = try ConnectionLoop.start()
        let front = try HTTPServer(on: loop, host: "127.0.0.1", port: 0, context: nil, limits: limits)
        let tls = TLSOptions(caPEM: caPEM ?? authority.certificatePEM)
        let (dialer, connection) = (TunnelDialer(), ConnectionOptions(tls: tls))
        let headers = [(name: "Connection", value: "Upgrade"), (name: "Upgrade", value: "echo")]
        let request = HTTPRequest(url: "\(server.url)/way", headers: headers)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await front.run { exchange in
                    do {
                        let result = try await dialer.tunnel(exchange, to: request, over: connection, accepting: [101])
                        outcome?.yield(.success(result))
                        guard case .refused(let answer) = result else { return }
                        exchange.respond(status: answer.status, body: answer.body)
                    } catch {
                        outcome?.yield(.failure(error))
                        exchange.respond(status: 502)
                    }
                }
            }
            try await body(front.port)
            group.cancelAll()
        }
        await loop.stop()
    }

    private static let switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
    private static let question = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"

    @Test func `Every byte goes both ways, first words and half-closes included`() async throws {
        let server = try TestServer(tls: TestTLS(identity)) { connection, _ in
            guard let request = connection.readRequest(), request.value(of: "Upgrade") == "echo" else { return }
            connection.write(Self.switching + "welcome")
            while let bytes = connection.read() { connection.write(bytes) }
            connection.write("farewell")
            connection.closeCleanly()
        }
        let (outcomes, outcome) = AsyncStream<Result<TunnelOutcome, any Error>>.makeStream()
        try await tunnelling(to: server, outcome: outcome) { port in
            let client = try RawClient(port: port)
            // The first bytes of the protocol may come with the question.
            await client.send(Self.question + "early")
            #expect(await client.receive(until: "early") == Self.switching + "welcomeearly")
            let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            async let received = Self.receive(bytes.count, from: client)
            await client.send(bytes)
            let echoed = await received
            #expect(echoed == bytes)
            client.endWrites()
            #expect(await String(decoding: client.receiveAll(), as: UTF8.self) == "farewell")
            guard case .success(.relayed(let report))? = await outcomes.first(where: { _ in true }) else {
                Issue.record("nothing was relayed")
                return
            }
            #expect(report.bytesToServer == bytes.count + 5)
            #expect(report.ending == .client)
        }
    }

    private static func receive(_ count: Int, from client: RawClient) async -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count, let more = await client.receive() { all += more }
        return all
    }

    @Test func `An answer that is no upgrade is given back whole`() async throws {
        let server = try TestServer(tls: TestTLS(identity)) { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n")
            connection.waitForEnd()
        }
        try await tunnelling(to: server) { port in
            let client = try RawClient(port: port)
            await client.send(Self.question)
            #expect(await client.receive(until: "no").hasPrefix("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n"))
            // The connection is as good as before.
            await client.send("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n")
            #expect(await String(decoding: client.receiveAll(), as: UTF8.self).hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func `A server that is not believed gets no request`() async throws {
        let server = try TestServer(tls: TestTLS(identity)) { connection, _ in
            if connection.readRequest() != nil { Issue.record("it was asked") }
        }
        let stranger = try CertificateAuthority.create(commonName: "stranger")
        let (outcomes, outcome) = AsyncStream<Result<TunnelOutcome, any Error>>.makeStream()
        try await tunnelling(caPEM: stranger.certificatePEM, to: server, outcome: outcome) { port in
            let client = try RawClient(port: port)
            await client.send(Self.question)
            #expect(await client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 502 "))
            guard case .failure(let error)? = await outcomes.first(where: { _ in true }) else {
                Issue.record("the server was believed")
                return
            }
            #expect((error as? TransportError)?.code == .tls)
        }
    }

    @Test func `A tunnel in which nothing moves ends, and the other server is told`() async throws {
        let (ends, end) = AsyncStream<Void>.makeStream()
        let server = try TestServer(tls: TestTLS(identity)) { connection, _ in
            _ = connection.readRequest()
            connection.write(Self.switching)
            connection.waitForEnd()
            end.yield()
        }
        let (outcomes, outcome) = AsyncStream<Result<TunnelOutcome, any Error>>.makeStream()
        let limits = HTTPServerLimits(tunnelIdleTime: .milliseconds(100))
        try await tunnelling(limits: limits, to: server, outcome: outcome) { port in
            let client = try RawClient(port: port)
            await client.send(Self.question)
            _ = await client.receiveAll()
            await ends.first { true }
            guard case .success(.relayed(let report))? = await outcomes.first(where: { _ in true }) else {
                Issue.record("nothing was relayed")
                return
            }
            #expect(report.ending == .idle)
        }
    }

    @Test func `When the client goes before the answer, the other server is let go too`() async throws {
        let (events, event) = AsyncStream<String>.makeStream()
        let server = try TestServer(tls: TestTLS(identity)) { connection, _ in
            _ = connection.readRequest()
            event.yield("asked")
            connection.waitForEnd()
            event.yield("left")
        }
        try await tunnelling(to: server) { port in
            var iterator = events.makeAsyncIterator()
            do {
                let client = try RawClient(port: port)
                await client.send(Self.question)
                #expect(await iterator.next() == "asked")
            }
            #expect(await iterator.next() == "left")
        }
    }
}
