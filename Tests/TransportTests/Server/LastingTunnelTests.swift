import Synchronization
import TestSupport
import Testing

@testable import Transport

/// Tunnels through TLS that live on while what they were made with changes, and that end when one of their ends does.
///
/// Two servers in a row: the client speaks plainly with the first, which dials the second with TLS; the second, whose
/// certificate changes, dials the other server.
@Suite(.timeLimit(.minutes(5))) struct LastingTunnelTests {
    private static let question = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
    private static let switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"

    private static let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"

    /// The thread sanitizer makes a hundred handshakes slow.
    private static let patient = HTTPServerLimits(handshakeTime: .seconds(120), headTime: .seconds(120))

    /// The servers between a client and the last one.
    private struct Chain: Sendable {
        let front: HTTPServer
        let secure: HTTPServer
        let loop: ConnectionLoop
        let outcomes: AsyncStream<TunnelReport.Ending>

        func client() throws -> RawClient { try RawClient(port: front.port) }
    }

    /// An authority, and what a server shows that it vouches for.
    private struct Authority: Sendable {
        let authority: CertificateAuthority

        init(_ name: String) throws { authority = try .create(commonName: name) }

        func context() throws -> TLSServerContext {
            let issued = try authority.issue(commonName: "server", ipAddresses: ["127.0.0.1"], usages: .serverAuth)
            return try TLSServerContext(
                certificatePEM: issued.certificatePEM,
                keyPEM: issued.keyPEM,
                clientAuthoritiesPEM: nil
            )
        }
    }

    private func chain(
        to server: TestServer,
        showing shown: Authority,
        believing believed: @escaping @Sendable () -> Authority,
        limits: HTTPServerLimits = patient,
        answerTime: Duration = .seconds(120),
        accepting accepted: Set<Int> = [101],
        _ body: @escaping @Sendable (Chain) async throws -> Void
    ) async throws {
        let loop = try ConnectionLoop.start()
        let dialer = TunnelDialer()
        let front = try HTTPServer(on: loop, host: "127.0.0.1", port: 0, context: nil, limits: limits)
        let secure = try HTTPServer(on: loop, host: "127.0.0.1", port: 0, context: shown.context(), limits: limits)
        let (outcomes, outcome) = AsyncStream<TunnelReport.Ending>.makeStream()
        let upgrade = [(name: "Connection", value: "Upgrade"), (name: "Upgrade", value: "echo")]
        let tunnel: @Sendable (HTTPExchange, String, ConnectionOptions) async -> TunnelReport.Ending? = {
            exchange,
            url,
            connection in
            let request = HTTPRequest(url: url, headers: upgrade, timeout: answerTime, connectTimeout: answerTime)
            do {
                let result = try await dialer.tunnel(exchange, to: request, over: connection, accepting: accepted)
                guard case .relayed(let report) = result else { return nil }
                return report.ending
            } catch {
                exchange.respond(status: 502)
                return nil
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await front.run { exchange in
                    let tls = TLSOptions(caPEM: believed().authority.certificatePEM)
                    _ = await tunnel(exchange, "https://127.0.0.1:\(secure.port)/", ConnectionOptions(tls: tls))
                }
            }
            group.addTask {
                await secure.run { exchange in
                    if let ending = await tunnel(exchange, "\(server.url)/", ConnectionOptions()) {
                        outcome.yield(ending)
                    }
                }
            }
            try await body(Chain(front: front, secure: secure, loop: loop, outcomes: outcomes))
            group.cancelAll()
        }
        await loop.stop()
    }

    /// A server that takes an upgrade and gives every byte back.
    private static func echoServer() throws -> TestServer {
        try TestServer { connection, _ in
            guard connection.readRequest() != nil else { return }
            connection.write(switching)
            while let bytes = connection.read() { connection.write(bytes) }
        }
    }

    /// Whether a stream is granted.
    private static func opens(_ client: RawClient) async -> Bool {
        await client.send(question)
        return await client.receive(until: "\r\n\r\n") == switching
    }

    private static func exchange(_ word: String, over client: RawClient) async -> String {
        await client.send(word)
        return await client.receive(until: word)
    }

    @Test func `A stream goes on when the certificate changes, and the next one is shown the new one`() async throws {
        let (old, new) = (try Authority("old"), try Authority("new"))
        let believed = Mutex(old)
        try await chain(to: Self.echoServer(), showing: old, believing: { believed.withLock { $0 } }) { chain in
            let first = try chain.client()
            #expect(await Self.opens(first))
            #expect(await Self.exchange("before", over: first) == "before")
            chain.secure.replace(try new.context())
            // Who believes only the old authority gets no new stream, and that shows that the new one is in force.
            let refused = try chain.client()
            await refused.send(Self.question)
            #expect(await refused.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 502 "))
            #expect(await Self.exchange("after", over: first) == "after")
            believed.withLock { $0 = new }
            let second = try chain.client()
            #expect(await Self.opens(second))
            for client in [first, second] { #expect(await Self.exchange("both", over: client) == "both") }
        }
    }

    @Test func `No clock but that for silent streams runs while a stream is silent`() async throws {
        let authority = try Authority("authority")
        let short = Duration.seconds(3)
        let limits = HTTPServerLimits(
            handshakeTime: short,
            headTime: short,
            bodyTime: short,
            idleTime: short,
            lingerTime: short
        )
        try await chain(
            to: Self.echoServer(),
            showing: authority,
            believing: { authority },
            limits: limits,
            answerTime: short
        ) { chain in
            let client = try chain.client()
            #expect(await Self.opens(client))
            // Each of these ends by one of the other clocks, which began after the stream's last byte.
            var others: [RawClient] = []
            for beginning in ["", "GET / HT", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n"] {
                let other = try chain.client()
                await other.send(beginning)
                others.append(other)
            }
            for other in others { _ = await other.receiveAll() }
            #expect(await Self.exchange("still here", over: client) == "still here")
        }
    }

    @Test func `Nothing is taken from a server that the client does not take`() async throws {
        let authority = try Authority("authority")
        let (written, total, piece) = (Event<Int>(), 128 << 20, 1 << 20)
        let server = try TestServer { connection, _ in
            guard connection.readRequest() != nil else { return }
            connection.write(Self.head)
            let bytes = [UInt8](repeating: 7, count: piece)
            var (done, last) = (0, piece)
            while done < total, last == piece {
                last = connection.write(bytes, untilStalledFor: .seconds(1))
                done += last
            }
            written.happen(done)
            while done < total, connection.write(Array(bytes.prefix(total - done))) { done += piece }
        }
        try await chain(to: server, showing: authority, believing: { authority }, accepting: [200]) { chain in
            let client = try chain.client()
            await client.send("GET /log HTTP/1.1\r\nHost: h\r\n\r\n")
            // What the kernel holds of three connections, and buffers of ours.
            let taken = try #require(await written.wait())
            #expect(taken < total / 4)
            var count = 0
            while let bytes = await client.receive() { count += bytes.count }
            #expect(count == total + Self.head.utf8.count)
        }
    }

    /// Who goes, and what the tunnel says of it.
    enum Leaver: CaseIterable { case client, server, serverByReset, loop }

    @Test(arguments: Leaver.allCases)
    func `When one goes, all others are told`(leaver: Leaver) async throws {
        let authority = try Authority("authority")
        let (events, event) = AsyncStream<String>.makeStream()
        let leave = Gate()
        let server = try TestServer { connection, _ in
            guard connection.readRequest() != nil else { return }
            connection.write(Self.switching)
            switch leaver {
            case .client, .loop: connection.waitForEnd()
            case .server, .serverByReset:
                // What is not read makes a reset of the end.
                leave.wait()
                if leaver == .server { _ = connection.read() }
                connection.close()
            }
            event.yield("server is free")
        }
        try await chain(to: server, showing: authority, believing: { authority }) { chain in
            var (seen, endings) = (events.makeAsyncIterator(), chain.outcomes.makeAsyncIterator())
            var client: RawClient? = try chain.client()
            #expect(await Self.opens(try #require(client)))
            await client?.send("last words")
            switch leaver {
            case .client: client = nil
            case .server, .serverByReset: leave.open()
            case .loop: await chain.loop.stop()
            }
            #expect(await seen.next() == "server is free")
            if let told = client { #expect(await told.receiveAll().isEmpty) }
            client = nil
            let expected: TunnelReport.Ending =
                switch leaver {
                case .client: .client
                case .server, .serverByReset: .server
                case .loop: .stopped
                }
            #expect(await endings.next() == expected)
        }
    }

    @Test func `Each of a hundred streams has its own bytes, also when every other one breaks off`() async throws {
        let authority = try Authority("authority")
        try await chain(to: Self.echoServer(), showing: authority, believing: { authority }) { chain in
            var clients: [RawClient] = []
            for _ in 0..<100 {
                let client = try chain.client()
                #expect(await Self.opens(client))
                clients.append(client)
            }
            let noise = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* $0 / 97) }
            let bytes = { (number: Int) in Array(noise[(number * 100)..<(number * 100 + 40_000)]) }
            for (number, client) in clients.enumerated() { await client.send(bytes(number)) }
            // The odd ones go with most of their bytes on the way.
            var kept = clients.enumerated().filter { $0.offset % 2 == 0 }
            clients = []
            while let (number, client) = kept.popLast() {
                var received: [UInt8] = []
                while received.count < 40_000, let more = await client.receive() { received += more }
                #expect(received.elementsEqual(bytes(number)), "stream \(number): \(received.count) bytes")
            }
        }
    }
}
