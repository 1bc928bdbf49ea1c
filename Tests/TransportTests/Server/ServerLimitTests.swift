import TestSupport
import Testing

@testable import Transport

/// Clients that want more than they may have: each is turned away, and nobody else notices.
@Suite(.timeLimit(.minutes(1))) struct ServerLimitTests {
    private func serving(
        _ limits: HTTPServerLimits,
        context: TLSServerContext? = nil,
        _ body: @escaping @Sendable (UInt16) async throws -> Void
    ) async throws {
        let loop = try ConnectionLoop.start()
        let server = try HTTPServer(on: loop, host: "127.0.0.1", port: 0, context: context, limits: limits)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await server.run { exchange in
                    // A body that is refused is no error of the handler's.
                    let body = (try? await exchange.body(limit: 1 << 20)) ?? []
                    exchange.respond(status: 200, body: Array("\(exchange.request.target.path) \(body.count)".utf8))
                }
            }
            try await body(server.port)
            group.cancelAll()
        }
        await loop.stop()
    }

    private func answer(_ port: UInt16, to text: String) async throws -> String {
        let client = try RawClient(port: port)
        await client.send(text)
        return await String(decoding: client.receiveAll(), as: UTF8.self)
    }

    private static let last = "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

    @Test func `A head that is too long is refused`() async throws {
        try await serving(HTTPServerLimits(headBytes: 1024)) { [self] port in
            let filler = String(repeating: "a", count: 2000)
            for text in ["GET /\(filler)", "GET / HTTP/1.1\r\nHost: h\r\nA: \(filler)\r\n\r\n"] {
                let answer = try await answer(port, to: text)
                #expect(answer.hasPrefix("HTTP/1.1 431 "))
            }
            let next = try await answer(port, to: Self.last)
            #expect(next.hasSuffix("/last 0"))
        }
    }

    @Test func `A body that is too long is refused, told or not`() async throws {
        try await serving(HTTPServerLimits(bodyBytes: 10)) { [self] port in
            let post = "POST / HTTP/1.1\r\nHost: h\r\n"
            let told = try await answer(port, to: post + "Content-Length: 11\r\n\r\n")
            #expect(told.hasPrefix("HTTP/1.1 413 "))
            let chunks = try await answer(port, to: post + "Transfer-Encoding: chunked\r\n\r\nB\r\n01234567890\r\n")
            #expect(chunks.contains("HTTP/1.1 413 "))
        }
    }

    @Test func `Who takes long over a body, or over the next request, is turned away`() async throws {
        let limits = HTTPServerLimits(bodyTime: .milliseconds(200), idleTime: .milliseconds(200))
        try await serving(limits) { [self] port in
            let slow = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx"
            let none = try await answer(port, to: slow)
            #expect(none.isEmpty)
            let one = try await answer(port, to: "GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(one.hasSuffix("/a 0"))
        }
    }

    @Test func `Who takes long over the handshake is turned away, and others are served meanwhile`() async throws {
        let authority = try CertificateAuthority.create(commonName: "authority")
        let identity = try authority.issue(commonName: "server", ipAddresses: ["127.0.0.1"], usages: .serverAuth)
        let context = try TLSServerContext(
            certificatePEM: identity.certificatePEM,
            keyPEM: identity.keyPEM,
            clientAuthoritiesPEM: nil
        )
        try await serving(HTTPServerLimits(handshakeTime: .milliseconds(500)), context: context) { port in
            let silent = try RawClient(port: port)
            let dawdler = try RawClient(port: port)
            // The beginning of a ClientHello.
            await dawdler.send([0x16, 3, 1, 2, 0, 1])
            let tls = TLSOptions(caPEM: authority.certificatePEM)
            let request = HTTPRequest(url: "https://127.0.0.1:\(port)/quick")
            let response = try await CurlHTTPClient.start().send(request, over: ConnectionOptions(tls: tls))
            #expect(String(decoding: response.body, as: UTF8.self) == "/quick 0")
            #expect(await silent.receiveAll().isEmpty)
            _ = await dawdler.receiveAll()
        }
    }

    @Test func `When all connections are taken, the next one waits until another ends`() async throws {
        try await serving(HTTPServerLimits(connections: 2)) { port in
            let first = try RawClient(port: port)
            do {
                let second = try RawClient(port: port)
                for client in [first, second] {
                    await client.send("GET /kept HTTP/1.1\r\nHost: h\r\n\r\n")
                    #expect(await client.receive(until: "/kept 0").hasPrefix("HTTP/1.1 200 "))
                }
                let waiting = try RawClient(port: port)
                await waiting.send(Self.last)
                // Two who are served are asked once more: the loop has turned, and has not taken the third.
                for client in [first, second] {
                    await client.send("GET /again HTTP/1.1\r\nHost: h\r\n\r\n")
                    #expect(await client.receive(until: "/again 0").hasPrefix("HTTP/1.1 200 "))
                }
                #expect(!waiting.hasInput)
                second.endWrites()
                #expect(await String(decoding: waiting.receiveAll(), as: UTF8.self).hasSuffix("/last 0"))
            }
        }
    }

    @Test func `Who connects too often is turned away`() async throws {
        let limits = HTTPServerLimits(connectionsPerPeer: 4, newConnectionsPerSecond: 0)
        try await serving(limits) { [self] port in
            for number in 0..<5 {
                let answer = try await answer(port, to: Self.last)
                #expect(number < 4 ? answer.hasSuffix("/last 0") : answer.isEmpty)
            }
        }
    }

    @Test(arguments: [
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\u{b}chunked\r\n\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;x=\ny\r\nz\r\n0\r\n\r\n",
    ])
    func `A request that hides another is refused, and the other one is not answered`(text: String) async throws {
        try await serving(HTTPServerLimits()) { [self] port in
            let answers = try await answer(port, to: text + "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(answers.contains("HTTP/1.1 400 ") || answers.contains("HTTP/1.1 501 "))
            #expect(!answers.contains("/hidden"))
        }
    }
}
