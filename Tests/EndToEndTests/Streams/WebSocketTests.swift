import KubeModel
import Testing

extension RealContainers {
    /// Streams over WebSocket through the origin's API server, by a client that speaks v4 and nothing else. API servers
    /// translate v5 themselves or pass it on; `KubeletStreamTests` shows that no protocol is any of martlet's business.
    @Suite struct WebSocketTests {}
}

extension RealContainers.WebSocketTests {
    @Test("A command speaks over WebSocket, and its exit code comes back", .rows(92, 105))
    func exec() async throws {
        try await TestSpace.with("websocket") { space in
            try await space.start("web", Manifest.idle)
            try await space.withProxy { port in
                var cat = try await WebSocketClient(port: port, path: space.catPath("web"))
                for text in ["one", "two", String(repeating: "long ", count: 20_000)] {
                    #expect(try await cat.echoes(text))
                }
                let words = "command=sh&command=-c&command=echo+out%3Becho+err+%3E%262%3Bexit+7"
                let path = space.path("web", "exec", "container=main&stdout=true&stderr=true&\(words)")
                var channels: [UInt8: String] = [:]
                var failing = try await WebSocketClient(port: port, path: path)
                while let message = try await failing.next() {
                    channels[message.channel, default: ""] += String(decoding: message.bytes, as: UTF8.self)
                }
                #expect(channels[1] == "out\n")
                #expect(channels[2] == "err\n")
                let status = try JSON.parse(Array((channels[3] ?? "").utf8))
                #expect(status.at("details", "causes")?[0]?["message"]?.string == "7")
            }
        }
    }

    @Test("A terminal over WebSocket has the size that it is given", .rows(92, 105))
    func terminal() async throws {
        try await TestSpace.with("websockettty") { space in
            try await space.start("web", Manifest.idle)
            try await space.withProxy { port in
                let wait = "until+[+%22$(stty+size)%22+=+%2233+44%22+]%3Bdo+sleep+0.1%3Bdone%3Becho+so+it+is"
                let query = "container=main&tty=true&stdin=true&stdout=true&command=sh&command=-c&command=\(wait)"
                var terminal = try await WebSocketClient(port: port, path: space.path("web", "exec", query))
                await terminal.send(#"{"Width":44,"Height":33}"#, on: 4)
                #expect(try await terminal.hear("so it is\r\n").hasSuffix("so it is\r\n"))
            }
        }
    }

    @Test("A port is forwarded over WebSocket", .rows(92, 105))
    func forward() async throws {
        try await TestSpace.with("websocketport") { space in
            try await space.start("web", "nc -ll -p 8080 -e cat & \(Manifest.idle)")
            try await space.withProxy { port in
                let path = space.path("web", "portforward", "ports=8080")
                var stream = try await WebSocketClient(port: port, path: path)
                await stream.send("hello")
                // Each channel begins with its port, the lower byte first.
                #expect(try await stream.hear("hello", on: 0).hasSuffix("hello"))
            }
        }
    }
}
