import Dispatch
import KubeModel
import Observability
import PodSync
import Synchronization
import TestSupport
import Testing

@testable import Transport
@testable import VirtualNode

/// The endpoint of a node whose cluster is a server of the test's: what goes to it, and what comes of its answers.
@Suite(.timeLimit(.minutes(1))) struct KubeletStreamTests {
    private let log = InMemoryLogSink()

    /// Serves a node with the pod shop/web-0 for as long as `body` runs. Everybody is jane, who may do everything.
    private func serving(
        answerTime: Duration = .seconds(30),
        _ script: @escaping TestServer.Script,
        _ body: @escaping @Sendable (UInt16, StreamingProvider) async throws -> Void
    ) async throws {
        let remote = try TestServer(script: script)
        let pod = try PodFixture.pod()
        let provider = StreamingProvider(instances: [PodFixture.instance(for: pod)], url: remote.url)
        let origin = ScriptedCluster("origin", objects: [PodFixture.json()])
        let controller = provider.controller(in: origin)
        let directory = PodDirectory()
        directory.open(controller, provider)
        let reviewer = ScriptedOrigin { call in
            call.path.hasSuffix("tokenreviews")
                ? (201, ["status": ["authenticated": true, "user": ["username": "jane"]]])
                : (201, ["status": ["allowed": true]])
        }.client()
        let endpoint = KubeletEndpoint(
            nodeName: "us-east",
            directory: directory,
            statistics: NodeStatistics(node: "us-east", directory: directory),
            authenticator: KubeletAuthenticator(origin: reviewer),
            authorizer: KubeletAuthorizer(origin: reviewer),
            dialer: TunnelDialer(answerTime: answerTime),
            logger: log.logger(),
            metrics: origin.metrics
        )
        let loop = try ConnectionLoop.start()
        let server = try HTTPServer(on: loop, host: "127.0.0.1", port: 0, context: nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await controller.run() }
            group.addTask { await server.run { await endpoint.answer($0) } }
            try await controller.waitUntilSynced()
            try await body(server.port, provider)
            group.cancelAll()
            // The controller ends by its cancellation.
            while await group.nextResult() != nil {}
        }
        await loop.stop()
    }

    private static func question(_ method: String, _ path: String, _ headers: [String] = []) -> String {
        let lines = ["\(method) \(path) HTTP/1.1", "Host: h", "Authorization: Bearer jane"] + headers
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    private static func switching(_ subprotocol: String) -> String {
        let lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"]
        return (lines + ["Sec-WebSocket-Protocol: \(subprotocol)"]).joined(separator: "\r\n") + "\r\n\r\n"
    }

    private static func upgrade(_ subprotocol: String) -> [String] {
        [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: a2V5",
            "Sec-WebSocket-Protocol: \(subprotocol)",
        ]
    }

    private static func frame(_ channel: UInt8, _ text: String) -> [UInt8] {
        WebSocketFrame(.binary, [channel] + Array(text.utf8)).bytes()
    }

    // MARK: - run

    /// What a command that is run says and how it ends, and the answer.
    private static let endings: [(stream: [UInt8], status: Int, body: String)] = [
        (frame(1, "hi\n") + frame(2, "err\n") + frame(3, #"{"status":"Success"}"#), 200, "hi\nerr\n"),
        (frame(1, "lost") + frame(3, #"{"status":"Failure","message":"exit status 7"}"#), 500, "exit status 7\n"),
        (frame(1, "half"), 500, "the stream ended before the command did\n"),
    ]

    @Test(arguments: endings.indices)
    func `A command is run to its end, and its output is the answer`(index: Int) async throws {
        let (stream, status, body) = Self.endings[index]
        let asked = Mutex<TestRequest?>(nil)
        try await serving { connection, _ in
            asked.withLock { $0 = connection.readRequest() }
            connection.write(Self.switching("v4.channel.k8s.io"))
            connection.write(stream)
        } _: { port, _ in
            let client = try RawClient(port: port)
            await client.send(Self.question("POST", "/run/shop/web-0/main?cmd=echo%20hi", ["Connection: close"]))
            let answer = await String(decoding: client.receiveAll(), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.hasSuffix("\r\n\r\n\(body)"))
            let line = asked.withLock { $0?.line } ?? ""
            let query = "container=main&stdout=true&stderr=true&command=echo&command=hi"
            #expect(line == "GET /shop/web-0/exec?\(query) HTTP/1.1")
        }
        let opened = try #require(log.records.first { $0.message == "Stream opened" })
        #expect(opened.metadata["command"] == "echo hi")
        #expect(opened.metadata["user"] == "jane")
    }

    @Test func `So many commands are run at a time and no more, until one is through`() async throws {
        let (asked, ask) = AsyncStream<Void>.makeStream()
        let limit = KubeletHost.commandLimit
        try await serving { connection, index in
            _ = connection.readRequest()
            connection.write(Self.switching("v4.channel.k8s.io"))
            guard index < limit else { return connection.write(Self.frame(3, #"{"status":"Success"}"#)) ? () : () }
            ask.yield()
            connection.waitForEnd()
        } _: { port, _ in
            let question = Self.question("POST", "/run/shop/web-0/main?cmd=true", ["Connection: close"])
            func answer() async throws -> String {
                let client = try RawClient(port: port)
                await client.send(question)
                return await String(decoding: client.receiveAll(), as: UTF8.self)
            }
            var clients: [RawClient] = []
            for _ in 0..<limit {
                clients.append(try RawClient(port: port))
                await clients.last?.send(question)
            }
            var requests = asked.makeAsyncIterator()
            for _ in 0..<limit { _ = await requests.next() }
            let refused = try await answer()
            #expect(refused.hasPrefix("HTTP/1.1 429 "))
            clients.removeLast()
            while try await !answer().hasPrefix("HTTP/1.1 200 ") {}
        }
    }

    @Test func `An output beyond all bounds is refused, and a cluster's refusal is told`() async throws {
        try await serving { connection, index in
            _ = connection.readRequest()
            guard index == 0 else {
                return connection.write("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno") ? () : ()
            }
            connection.write(Self.switching("v4.channel.k8s.io"))
            let piece = WebSocketFrame(.binary, [1] + [UInt8](repeating: 7, count: 1 << 20)).bytes()
            while connection.write(piece) {}
        } _: { port, _ in
            let client = try RawClient(port: port)
            await client.send(Self.question("POST", "/run/shop/web-0/main?cmd=yes"))
            #expect(await client.receive(until: "bytes\n").contains("longer than 16777216 bytes"))
            await client.send(Self.question("POST", "/run/shop/web-0/main?cmd=yes"))
            #expect(await client.receive(until: "no\n").hasPrefix("HTTP/1.1 404 "))
        }
    }

    @Test func `A cluster that does not let us in is told of under the pod's name in the origin`() async throws {
        try await serving { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        } _: { port, _ in
            for question in [
                Self.question("GET", "/containerLogs/shop/web-0/main"),
                Self.question("POST", "/run/shop/web-0/main?cmd=id"),
            ] {
                let client = try RawClient(port: port)
                await client.send(question)
                let answer = await client.receive(until: "no\n")
                #expect(answer.hasPrefix("HTTP/1.1 502 "))
                #expect(answer.hasSuffix("\r\n\r\nthe cluster refuses a stream of pod shop/web-0: no\n"))
            }
        }
    }

    @Test(arguments: [
        ("POST", "/run/shop/other/main?cmd=id", 404), ("POST", "/run/shop/web-0/other?cmd=id", 404),
        ("POST", "/run/other/web-0/main?cmd=id", 404), ("POST", "/run/shop/web-0/uid-2/main?cmd=id", 404),
        ("GET", "/run/shop/web-0/main?cmd=id", 405), ("POST", "/exec/shop/web-0/uid-2/main?command=id", 404),
        ("GET", "/containerLogs/shop/other/main", 404), ("POST", "/portForward/other/web-0", 404),
    ])
    func `What is not the node's is not asked for`(method: String, path: String, status: Int) async throws {
        try await serving { _, _ in
            Issue.record("the cluster was asked")
        } _: { port, _ in
            let client = try RawClient(port: port)
            await client.send(Self.question(method, path, Self.upgrade("v5.channel.k8s.io") + ["Connection: close"]))
            #expect(await String(decoding: client.receiveAll(), as: UTF8.self).hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    // MARK: - Audit

    /// What is asked for, what the cluster answers, and what the log tells of it besides who asked.
    private static let audits: [(path: String, answer: String, told: [String: String])] = [
        ("/attach/shop/web-0/main?input=1", switching("v4.channel.k8s.io"), ["stream": "attach", "ending": "server"]),
        (
            "/portForward/shop/web-0?port=80,443", switching("v4.channel.k8s.io"),
            ["stream": "portForward", "ports": "80 443", "ending": "server"]
        ),
        (
            "/exec/shop/web-0/main?command=rm&command=-r", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
            ["stream": "exec", "command": "rm -r", "ending": "refused"]
        ),
        (
            "/exec/shop/web-0/main?command=" + String(repeating: "a", count: 3000), switching("v4.channel.k8s.io"),
            [
                "command": String(repeating: "a", count: 1024) + "… (cut)", "command.length": "3000",
                "command.sha256": "556ac82f23f64d2f41b3fb3b9a171791364021aa95c0af6df9e2b5e1d88c8038",
            ]
        ),
    ]

    @Test(arguments: audits.indices)
    func `Who opens a stream and what for is in the log, and how it ended`(index: Int) async throws {
        let (path, answer, told) = Self.audits[index]
        try await serving { connection, _ in
            _ = connection.readRequest()
            connection.write(answer)
        } _: { [log] port, _ in
            try await Self.ask(port, path)
            // The client's own end is still to be noticed.
            try await log.wait(for: "Stream closed")
        }
        let records = log.records.filter { $0.message.hasPrefix("Stream ") }
        #expect(records.map(\.message) == ["Stream opened", "Stream closed"])
        for record in records {
            #expect(record.metadata["user"] == "jane")
            #expect(record.metadata["pod"] == "shop/web-0")
            for (name, value) in told where name != "ending" { #expect(record.metadata[name] == value) }
        }
        if let ending = told["ending"] { #expect(records.last?.metadata["ending"] == ending) }
    }

    /// Asks for a stream, reads it to its end, and goes.
    private static func ask(_ port: UInt16, _ path: String) async throws {
        let client = try RawClient(port: port)
        await client.send(question("POST", path, upgrade("v4.channel.k8s.io") + ["Connection: close"]))
        _ = await client.receiveAll()
    }

    // MARK: - Doors

    @Test func `Who is not known is told so, and has to connect anew`() async throws {
        try await serving { _, _ in
        } _: { port, _ in
            let client = try RawClient(port: port)
            await client.send("GET /pods HTTP/1.1\r\nHost: h\r\n\r\n")
            let answer = await String(decoding: client.receiveAll(), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 401 "))
            #expect(answer.contains("\r\nConnection: close\r\n"))
        }
    }

    @Test func `A body that comes with a question for the summary is read, and the connection goes on`() async throws {
        try await serving { _, _ in
        } _: { port, _ in
            let client = try RawClient(port: port)
            // More than is read ahead for who does not want it.
            let body = String(repeating: "x", count: 48 << 10)
            await client.send(Self.question("POST", "/stats/summary/", ["Content-Length: \(body.utf8.count)"]) + body)
            // Nothing is measured here.
            #expect(await client.receive(until: "pods use\n").hasPrefix("HTTP/1.1 503 "))
            await client.send(Self.question("GET", "/healthz"))
            #expect(await client.receive(until: "ok").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `The settings that are told are the node's own`() throws {
        var settings = KubeletConfiguration(address: "10.0.0.7", port: 10251, streamIdleTime: .seconds(90))
        let told = settings.json(maxPods: 110)["kubeletconfig"]
        #expect(told?["address"] == "10.0.0.7")
        #expect(told?["port"] == 10251)
        #expect(told?["streamingConnectionIdleTimeout"] == "90s")
        #expect(told?["maxPods"] == 110)
        #expect(settings.json(maxPods: nil).at("kubeletconfig", "maxPods") == nil)
        settings.podLimit = 40
        #expect(settings.json(maxPods: 110).at("kubeletconfig", "maxPods") == 40)
    }

    // MARK: - Any protocol

    @Test(arguments: ["v4.channel.k8s.io", "v5.channel.k8s.io", "v9.nobody.knows"])
    func `Every protocol goes through as it is`(subprotocol: String) async throws {
        // A close of the standard input, as v5 has it, and bytes that are no frame at all.
        let words = [WebSocketFrame(.binary, [255, 0]).bytes(mask: [1, 2, 3, 4]), [0, 255, 13, 10, 13, 10, 0x80]]
        try await serving { connection, _ in
            guard let request = connection.readRequest(),
                request.value(of: "Sec-WebSocket-Protocol") == subprotocol, request.value(of: "Upgrade") == "websocket",
                request.value(of: "Authorization") == "Bearer token-1"
            else { return connection.close() }
            connection.write(Self.switching(subprotocol))
            while let bytes = connection.read() { connection.write(bytes) }
        } _: { port, _ in
            let client = try RawClient(port: port)
            await client.send(
                Self.question("GET", "/exec/shop/web-0/main?command=sh&input=1", Self.upgrade(subprotocol))
            )
            #expect(await client.receive(until: "\r\n\r\n") == Self.switching(subprotocol))
            for word in words {
                await client.send(word)
                var echoed: [UInt8] = []
                while echoed.count < word.count, let more = await client.receive() { echoed += more }
                #expect(echoed == word)
            }
        }
    }

    // MARK: - Logs

    @Test func `A container that logs nothing is followed for longer than others have to answer`() async throws {
        let (asked, ask) = AsyncStream<Void>.makeStream()
        let gate = DispatchSemaphore(value: 0)
        try await serving(answerTime: .milliseconds(300)) { connection, _ in
            guard let request = connection.readRequest() else { return }
            guard request.line.contains("/log?") else { return connection.waitForEnd() }
            ask.yield()
            gate.wait()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nword\n\r\n")
            connection.waitForEnd()
        } _: { port, _ in
            let follower = try RawClient(port: port)
            await follower.send(Self.question("GET", "/containerLogs/shop/web-0/main?follow=true&tailLines=0"))
            await asked.first { true }
            // A command that is not granted in its time, which began later.
            let command = try RawClient(port: port)
            await command.send(Self.question("POST", "/exec/shop/web-0/main", Self.upgrade("v4.channel.k8s.io")))
            #expect(await command.receive(until: "long\n").hasPrefix("HTTP/1.1 502 "))
            gate.signal()
            #expect(await follower.receive(until: "word\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    // MARK: - Credentials

    @Test func `A stream outlives its credentials, and the next one has new ones`() async throws {
        let accepted = Mutex("Bearer token-1")
        try await serving { connection, _ in
            guard let request = connection.readRequest() else { return }
            guard request.value(of: "Authorization") == accepted.withLock({ $0 }) else {
                connection.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
                return
            }
            connection.write(Self.switching("v4.channel.k8s.io"))
            while let bytes = connection.read() { connection.write(bytes) }
        } _: { port, provider in
            func open() async throws -> RawClient {
                let client = try RawClient(port: port)
                let path = "/attach/shop/web-0/main?input=1"
                await client.send(Self.question("POST", path, Self.upgrade("v4.channel.k8s.io")))
                #expect(await client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
                return client
            }
            let first = try await open()
            accepted.withLock { $0 = "Bearer token-2" }
            let second = try await open()
            #expect(provider.credentials.refusals == 1)
            for client in [first, second] {
                await client.send("hello")
                #expect(await client.receive(until: "hello") == "hello")
            }
        }
    }
}
