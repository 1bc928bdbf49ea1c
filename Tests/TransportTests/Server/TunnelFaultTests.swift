import Foundation
import TestSupport
import Testing

@testable import Transport

/// Tunnels to servers and proxies that misbehave, or stand where nobody can get.
@Suite(.timeLimit(.minutes(1))) struct TunnelFaultTests {
    private static let question = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
    private static let switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"

    /// A server of ours that asks `targets` in turn, one for each request, and says 502 where it gets no tunnel. What is
    /// asked of it at `/log` may be answered late.
    private func tunnelling(
        to targets: [String],
        accepting accepted: Set<Int> = [101],
        over connection: ConnectionOptions = ConnectionOptions(),
        connectTime: Duration = .seconds(10),
        answerTime: Duration = .seconds(30),
        _ body: @escaping @Sendable (UInt16) async throws -> Void
    ) async throws {
        let loop = try ConnectionLoop.start()
        let front = try HTTPServer(on: loop, host: "127.0.0.1", port: 0, context: nil)
        let dialer = TunnelDialer(answerTime: answerTime)
        let (places, place) = AsyncStream<String>.makeStream()
        for target in targets { place.yield(target) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await front.run { exchange in
                    guard let url = await places.first(where: { _ in true }) else { return exchange.abort() }
                    do {
                        _ = try await dialer.tunnel(
                            exchange,
                            to: HTTPRequest(url: "\(url)/way", connectTimeout: connectTime),
                            over: connection,
                            accepting: accepted,
                            mayBeSilent: exchange.request.target.path == "/log"
                        )
                    } catch {
                        exchange.respond(status: 502)
                    }
                }
            }
            try await body(front.port)
            group.cancelAll()
        }
        await loop.stop()
    }

    @Test func `A server beyond reach does not spoil the connection for the next stream`() async throws {
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write(Self.switching + "here")
            connection.waitForEnd()
        }
        // TCP knows at once that there is no way to the address of all.
        try await tunnelling(to: ["http://255.255.255.255:9", server.url]) { port in
            let client = try RawClient(port: port)
            await client.send(Self.question)
            #expect(await client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 502 "))
            await client.send(Self.question)
            #expect(await client.receive(until: "here") == Self.switching + "here")
        }
    }

    @Test func `A proxy's consent has no length and needs none`() async throws {
        let authority = try CertificateAuthority.create(commonName: "authority")
        let identity = try authority.issue(commonName: "remote", dnsNames: ["remote.example"], usages: .serverAuth)
        let tls = try TestTLS(identity)
        let proxy = try TestServer { connection, _ in
            guard connection.readRequest()?.line == "CONNECT remote.example:443 HTTP/1.1" else { return }
            connection.write("HTTP/1.1 200 Connection established\r\n\r\n")
            guard let server = connection.startTLS(tls), server.readRequest() != nil else { return }
            server.write(Self.switching + "through")
            server.waitForEnd()
        }
        let connection = ConnectionOptions(tls: TLSOptions(caPEM: authority.certificatePEM), proxyURL: proxy.url)
        try await tunnelling(to: ["https://remote.example"], over: connection) { port in
            let client = try RawClient(port: port)
            await client.send(Self.question)
            #expect(await client.receive(until: "through") == Self.switching + "through")
        }
    }

    @Test func `Interim answers without end are an error`() async throws {
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            while connection.write("HTTP/1.1 100 Continue\r\n\r\n") {}
        }
        try await tunnelling(to: [server.url]) { port in
            let client = try RawClient(port: port)
            await client.send(Self.question)
            #expect(await client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 502 "))
        }
    }

    @Test func `Who may answer late is waited for beyond the time that others have`() async throws {
        let (asked, gate) = (Event<Void>(), Gate())
        let late = try TestServer { connection, _ in
            _ = connection.readRequest()
            asked.happen()
            gate.wait()
            connection.write("HTTP/1.1 200 OK\r\n\r\nat last")
        }
        let never = try TestServer { connection, _ in connection.waitForEnd() }
        try await tunnelling(to: [late.url, never.url], accepting: [200], answerTime: .milliseconds(300)) { port in
            let patient = try RawClient(port: port)
            await patient.send("GET /log HTTP/1.1\r\nHost: h\r\n\r\n")
            await asked.wait()
            // The time of this one began later, and is over.
            let other = try RawClient(port: port)
            await other.send("GET /other HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await other.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 502 "))
            gate.open()
            #expect(await patient.receive(until: "at last").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func `Who may answer late has to shake hands in time`() async throws {
        let server = try TestServer { connection, _ in connection.waitForEnd() }
        let url = server.url.replacing("http://", with: "https://")
        try await tunnelling(to: [url], accepting: [200], connectTime: .milliseconds(200)) { port in
            let client = try RawClient(port: port)
            await client.send("GET /log HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 502 "))
        }
    }

    /// Answers of servers that keep their connections, in the pieces in which they are sent, and what the client gets.
    private static let keptAnswers: [(pieces: [String], received: String)] = [
        (
            [
                "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=60\r\nX-Hop: 1\r\n",
                "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nlo", "g" + "HTTP/1.1 200 OK\r\n",
            ],
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nlog"
        ),
        (
            ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r", "\nlog\r\n0", "\r\n\r\nmore"],
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nlog\r\n0\r\n\r\n"
        ),
        (
            ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ),
    ]

    @Test(arguments: keptAnswers.indices)
    func `An answer that is passed on ends where its head says, and with it the connection`(index: Int) async throws {
        let (pieces, received) = Self.keptAnswers[index]
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            for piece in pieces { connection.write(piece) }
            connection.waitForEnd()
        }
        try await tunnelling(to: [server.url], accepting: [200]) { port in
            let client = try RawClient(port: port)
            await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await String(decoding: client.receiveAll(), as: UTF8.self) == received)
        }
    }

    @Test func `Where the server keeps to HTTP, nothing more of the client's reaches it`() async throws {
        let (words, word) = AsyncStream<[UInt8]?>.makeStream()
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nlog")
            word.yield(connection.read())
        }
        try await tunnelling(to: [server.url], accepting: [200]) { port in
            let client = try RawClient(port: port)
            await client.send(Self.question + "GET /api/v1/secrets HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await client.receive(until: "log").hasSuffix("\r\n\r\nlog"))
            await client.send("GET /api/v1/secrets HTTP/1.1\r\nHost: h\r\n\r\n")
            client.endWrites()
            #expect(await words.first { _ in true } == .some(nil))
        }
    }

    /// A client that speaks while the last words of a server that is gone are on their way: kubectl pings every five
    /// seconds.
    @Test(arguments: [false, true])
    func `Whoever speaks to a server that is gone still hears all that it said`(isEncrypted: Bool) async throws {
        let authority = try CertificateAuthority.create(commonName: "authority")
        let identity = try authority.issue(commonName: "remote", ipAddresses: ["127.0.0.1"], usages: .serverAuth)
        let (isFull, isGone) = (Event<Int>(), Flag())
        let server = try TestServer(tls: isEncrypted ? try TestTLS(identity) : nil) { connection, _ in
            guard connection.readRequest() != nil else { return }
            connection.write(Self.switching)
            let piece = [UInt8](repeating: 7, count: 64 << 10)
            var (count, last) = (0, piece.count)
            while last == piece.count {
                last = connection.write(piece, untilStalledFor: .milliseconds(500))
                count += last
            }
            isFull.happen(count)
            while !connection.isDelivered { Thread.sleep(forTimeInterval: 0.001) }
            connection.close()
            isGone.set()
        }
        let connection = ConnectionOptions(tls: TLSOptions(caPEM: authority.certificatePEM))
        try await tunnelling(to: [server.url], over: connection) { port in
            let client = try RawClient(port: port)
            await client.send(Self.question)
            let said = try #require(await isFull.wait())
            var heard = 0
            // Room for what the server's machine still holds; the rest stays on the way.
            while !isGone.isSet, let bytes = await client.receive() { heard += bytes.count }
            repeat {
                await client.send("ping")
                guard let bytes = await client.receive() else { break }
                heard += bytes.count
            } while true
            #expect(heard == Self.switching.utf8.count + said)
        }
    }
}
