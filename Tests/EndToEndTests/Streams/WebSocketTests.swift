import KubeModel
import Testbed
import Testing

extension RealContainers {
    /// Streams over WebSocket through the origin's API server, by a client that speaks one version and nothing else: v4,
    /// and from Kubernetes 1.30 on v5. API servers translate v5 for the kubelet endpoint or pass it on; `KubeletStreamTests`
    /// shows that no protocol is any of martlet's business.
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
                var failing = try await WebSocketClient(port: port, path: path)
                let channels = try await failing.rest()
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

    @Test(
        "The input of a command ends over WebSocket v5, and what it says then still comes",
        .enabled(if: KubernetesRelease.minor >= 30),
        .rows(92, 105)
    )
    func inputEnds() async throws {
        try await TestSpace.with("websocketend") { space in
            try await space.start("web", Manifest.idle)
            try await space.withProxy { port in
                let words = "command=sh&command=-c&command=cat%3Becho+after%3Bexit+7"
                let path = space.path("web", "exec", "container=main&stdin=true&stdout=true&stderr=true&\(words)")
                var cat = try await WebSocketClient(port: port, path: path, subprotocol: "v5.channel.k8s.io")
                #expect(try await cat.echoes("before"))
                await cat.close(0)
                // The command ends because its input does, and for no other reason.
                let channels = try await cat.rest()
                #expect(channels[1] == "after\n")
                let status = try JSON.parse(channels[3] ?? "")
                #expect(status.at("details", "causes")?[0]?["message"]?.string == "7")
            }
        }
    }

    /// kubectls that know v5. That of 1.30 speaks it when it is asked to, those after it by themselves.
    private static let able = Kubectl.present.filter { $0 == .own || (Kubectl.highest?.minor ?? 0) >= 30 }

    @Test(
        "A kubectl of today stays with WebSocket, and ends a command's input over it",
        .enabled(if: KubernetesRelease.minor >= 30),
        .rows(92, 105),
        arguments: able
    )
    func kubectl(kubectl: Kubectl) async throws {
        try await TestSpace.with("websocketkubectl") { space in
            try await space.start("web", Manifest.idle)
            let script = """
                export KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true
                echo hi | k exec -i -v=4 web -- sh -c 'cat; echo after; exit 7'
                """
            let result = try await space.shell(kubectl, script)
            #expect(result.output == "hi\nafter\n")
            #expect(result.status == .exited(code: 7))
            // What it says at this level, in the words of its release: only of WebSocket the version, and that it tries
            // SPDY instead.
            #expect(result.errorOutput.contains("v5.channel.k8s.io"), "\(result.errorOutput)")
            #expect(!result.errorOutput.contains("RemoteCommand fallback"), "\(result.errorOutput)")
        }
    }
}
