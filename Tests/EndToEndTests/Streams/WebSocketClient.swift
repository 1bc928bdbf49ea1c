import Foundation
import TestSupport
import Testbed
import Testing
import Transport

/// The least that speaks the WebSocket protocols of Kubernetes: messages whose first byte is their channel.
struct WebSocketClient {
    private let connection: RawClient
    private var input: [UInt8] = []

    /// Asks for a stream.
    ///
    /// - Parameters:
    ///   - port: of `kubectl proxy`, on loopback.
    ///   - path: with its query.
    init(port: UInt16, path: String, subprotocol: String = "v4.channel.k8s.io") async throws {
        connection = try RawClient(port: port)
        let key = Data((0..<16).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
        let lines = [
            "GET \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: \(key)", "Sec-WebSocket-Protocol: \(subprotocol)",
        ]
        await connection.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        let end = Array("\r\n\r\n".utf8)
        while input.firstRange(of: end) == nil, let more = await connection.receive() { input += more }
        let head = try #require(input.firstRange(of: end))
        let text = String(decoding: input[..<head.upperBound], as: UTF8.self)
        try #require(text.hasPrefix("HTTP/1.1 101 "), "\(String(decoding: input, as: UTF8.self))")
        #expect(text.lowercased().contains("sec-websocket-protocol: \(subprotocol)\r\n"))
        input.removeFirst(head.upperBound)
    }

    func send(_ text: String, on channel: UInt8 = 0) async {
        await send([channel] + Array(text.utf8))
    }

    /// Says that nothing more comes on a channel, which only v5 can say; the others stay as they are.
    func close(_ channel: UInt8) async {
        await send([255, channel])
    }

    private func send(_ message: [UInt8]) async {
        let mask = (0..<4).map { _ in UInt8.random(in: 0...255) }
        await connection.send(WebSocketFrame(.binary, message).bytes(mask: mask))
    }

    /// The next message that says something; nil at the end.
    mutating func next() async throws -> (channel: UInt8, bytes: [UInt8])? {
        while true {
            var rest = input[...]
            if let frame = try WebSocketFrame(taking: &rest) {
                input = Array(rest)
                if frame.kind == .close { return nil }
                if let channel = frame.payload.first, frame.payload.count > 1 {
                    return (channel, Array(frame.payload.dropFirst()))
                }
                continue
            }
            guard let more = await connection.receive() else { return nil }
            input += more
        }
    }

    /// What comes on a channel until a text ends it, or the stream does.
    mutating func hear(_ text: String, on channel: UInt8 = 1) async throws -> String {
        var said = ""
        while !said.hasSuffix(text), let message = try await next() {
            if message.channel == channel { said += String(decoding: message.bytes, as: UTF8.self) }
        }
        return said
    }

    /// Whether a text comes back from `cat`.
    mutating func echoes(_ text: String) async throws -> Bool {
        await send("\(text)\n")
        return try await hear("\(text)\n") == "\(text)\n"
    }

    /// Waits for the end of the stream.
    mutating func end() async throws {
        while try await next() != nil {}
    }

    /// What comes until the end of the stream, by channel.
    mutating func rest() async throws -> [UInt8: String] {
        var channels: [UInt8: String] = [:]
        while let message = try await next() {
            channels[message.channel, default: ""] += String(decoding: message.bytes, as: UTF8.self)
        }
        return channels
    }
}

extension TestSpace {
    /// Runs `body` with the port of a `kubectl proxy`: a way to the origin's API server without TLS.
    func withProxy<Value: Sendable>(_ body: @Sendable (UInt16) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-proxy-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // Only scratch files are lost track of.
        let script = """
            timeout 600 '\(try Kubectl.own.path())' proxy --port=0 --disable-filter >'\(folder)/said' 2>&1 & proxy=$!
            until [ -e '\(folder)/stop' ]; do sleep 0.2; done; kill $proxy
            """
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await shell(deadline: .seconds(600), script) }
            let said = try await eventually("kubectl proxy listens", within: .seconds(20)) {
                FileManager.default.contents(atPath: "\(folder)/said").map { String(decoding: $0, as: UTF8.self) } ?? ""
            } until: {
                KubectlProxy.port(in: $0) != nil
            }
            let value: Result<Value, any Error>
            do {
                value = .success(try await body(try #require(KubectlProxy.port(in: said), "\(said)")))
            } catch {
                value = .failure(error)
            }
            _ = FileManager.default.createFile(atPath: "\(folder)/stop", contents: nil)
            try await group.waitForAll()
            return try value.get()
        }
    }

    /// The path of a stream of a pod.
    func path(_ pod: String, _ subresource: String, _ query: String) -> String {
        "/api/v1/namespaces/\(name)/pods/\(pod)/\(subresource)?\(query)"
    }

    /// The path of an exec of `cat`, which gives back what it is given.
    func catPath(_ pod: String) -> String {
        path(pod, "exec", "container=main&command=cat&stdin=true&stdout=true&stderr=true")
    }
}
