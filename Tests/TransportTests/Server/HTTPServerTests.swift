import Lifecycle
import Synchronization
import TestSupport
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPServerTests {
    /// Runs a plain server for as long as `body` runs.
    private func serving(
        limits: HTTPServerLimits = HTTPServerLimits(),
        _ handler: @escaping HTTPServer.Handler,
        _ body: @escaping @Sendable (UInt16) async throws -> Void
    ) async throws {
        let loop = try ConnectionLoop.start()
        let server = try HTTPServer(on: loop, host: "127.0.0.1", port: 0, context: nil, limits: limits)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run(handler) }
            try await body(server.port)
            group.cancelAll()
        }
        await loop.stop()
    }

    private static let echo: HTTPServer.Handler = { exchange in
        let body = (try? await exchange.body(limit: 1 << 20)) ?? []
        let line = "\(exchange.request.method) \(exchange.request.target.path) "
        exchange.respond(status: 200, body: Array(line.utf8) + body)
    }

    @Test func `Requests on a connection are answered in their order, also when they come at once`() async throws {
        try await serving(Self.echo) { port in
            let client = try RawClient(port: port)
            await client.send("GET /one HTTP/1.1\r\nHost: h\r\n\r\n")
            await client.send("POST /two HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
            await client.send("POST /three HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            await client.send("2\r\nyo\r\n0\r\n\r\n")
            await client.send("HEAD /four HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            let answers = await String(decoding: client.receiveAll(), as: UTF8.self)
            #expect(answers.contains("\r\n\r\nGET /one HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nPOST /two hi"))
            #expect(answers.contains("POST /three yo"))
            #expect(answers.hasSuffix("Content-Length: 11\r\nConnection: close\r\n\r\n"))
        }
    }

    @Test func `A client that waits for word before its body gets it`() async throws {
        try await serving(Self.echo) { port in
            let client = try RawClient(port: port)
            await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            #expect(await client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            await client.send("hi")
            #expect(await client.receive(until: "hi").hasSuffix("POST / hi"))
        }
    }

    @Test func `What is no request is refused, and the connection ends`() async throws {
        try await serving(Self.echo) { port in
            for (text, status) in [("GET / HTTP/1.1\nHost: h\n\r\n\r\n", 400), ("GET / HTTP/3.0\r\n\r\n", 505)] {
                let client = try RawClient(port: port)
                await client.send(text)
                #expect(await String(decoding: client.receiveAll(), as: UTF8.self).hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }

    @Test func `Who takes long over a head is turned away, and others are served meanwhile`() async throws {
        try await serving(limits: HTTPServerLimits(headTime: .milliseconds(200)), Self.echo) { port in
            let dawdler = try RawClient(port: port)
            await dawdler.send("GET / HT")
            let client = try RawClient(port: port)
            await client.send("GET /quick HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(await String(decoding: client.receiveAll(), as: UTF8.self).hasSuffix("GET /quick "))
            #expect(await dawdler.receive() == nil)
        }
    }

    @Test func `Who asks and does not read the answer is turned away`() async throws {
        let (ends, end) = AsyncStream<Void>.makeStream()
        try await serving(limits: HTTPServerLimits(bodyTime: .milliseconds(200))) { exchange in
            exchange.respond(status: 200, body: [UInt8](repeating: 7, count: 32 << 20))
            await exchange.isGone.wait()
            end.yield()
        } _: { port in
            let client = try RawClient(port: port)
            await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await ends.first { true }
            #expect(await client.receiveAll().count < 32 << 20)
        }
    }

    @Test func `An address has so many connections and no more`() async throws {
        let limits = HTTPServerLimits(connectionsPerPeer: 2)
        try await serving(limits: limits, Self.echo) { port in
            var kept: [RawClient] = []
            for _ in 0..<2 {
                let client = try RawClient(port: port)
                await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(await client.receive() != nil)
                kept.append(client)
            }
            let third = try RawClient(port: port)
            await third.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await third.receive() == nil)
            withExtendedLifetime(kept) {}
        }
    }

    @Test func `A slow reader makes the writer wait, and gets every byte`() async throws {
        let written = Atomic(0)
        let (held, hold) = AsyncStream<Void>.makeStream()
        let piece = [UInt8](repeating: 7, count: 16 << 10)
        let count = 1024
        try await serving { exchange in
            do {
                try await exchange.begin(status: 200)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        while !exchange.isHeldBack, !Task.isCancelled { await Task.yield() }
                        hold.yield()
                    }
                    for _ in 0..<count {
                        try await exchange.write(piece)
                        written.add(1, ordering: .relaxed)
                    }
                    group.cancelAll()
                }
                exchange.end()
            } catch {
                Issue.record(error)
            }
        } _: { port in
            let client = try RawClient(port: port)
            await client.send("GET / HTTP/1.0\r\n\r\n")
            _ = await client.receive(1)
            await held.first { true }
            #expect(written.load(ordering: .relaxed) < count)
            let rest = await client.receiveAll()
            #expect(rest.count(where: { $0 == 7 }) == count * piece.count)
        }
    }

    @Test func `The handler is cancelled when the client goes`() async throws {
        let (ended, end) = AsyncStream<Bool>.makeStream()
        try await serving { exchange in
            do {
                try await exchange.begin(status: 200)
                try await exchange.write([1])
                try await Task.sleep(for: .seconds(60))
            } catch {
                end.yield(error is CancellationError)
            }
        } _: { port in
            do {
                let client = try RawClient(port: port)
                await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = await client.receive()
            }
            #expect(await ended.first { _ in true } == true)
        }
    }

    @Test func `A port that is taken is an error that names it`() async throws {
        try await serving(Self.echo) { port in
            let loop = try ConnectionLoop.start()
            let error = #expect(throws: TransportError.self) {
                try HTTPServer(on: loop, host: "127.0.0.1", port: port, context: nil)
            }
            await loop.stop()
            let message = error?.message ?? ""
            #expect(message.contains("127.0.0.1:\(port)"))
        }
    }
}
