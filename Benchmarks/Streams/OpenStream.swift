import CTransport
import Glibc

/// A stream that was asked for and is left alone: a request over loopback whose answer has begun.
final class OpenStream {
    private let descriptor: Int32

    /// - Throws: `BenchmarkError` if the stream is refused.
    init(port: UInt16, path: String) throws(BenchmarkError) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.connect(descriptor, to: port) else { throw BenchmarkError("nobody listens on port \(port)") }
        let isCommand = path.contains("/exec?")
        let upgrade = [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: b3BlbiBzdHJlYW1zIGRvIQ==", "Sec-WebSocket-Protocol: v4.channel.k8s.io",
        ]
        let lines = ["GET \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)"] + (isCommand ? upgrade : [])
        let question = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        guard send(descriptor, question, question.count, 0) == question.count else {
            throw BenchmarkError("the question could not be sent")
        }
        var answer = [UInt8](repeating: 0, count: 4096)
        let count = max(0, recv(descriptor, &answer, answer.count, 0))
        let text = String(decoding: answer[..<count], as: UTF8.self)
        guard text.hasPrefix(isCommand ? "HTTP/1.1 101 " : "HTTP/1.1 200 ") else {
            throw BenchmarkError("\(path) was answered: \(text)")
        }
    }

    /// Opens streams of the pod "web", in turn a command that waits for input and a log.
    ///
    /// - Throws: `BenchmarkError` if one is refused.
    static func open(_ count: Int, port: UInt16) throws(BenchmarkError) -> [OpenStream] {
        let pod = "/api/v1/namespaces/default/pods/web"
        let paths = ["\(pod)/exec?command=cat&stdin=true&stdout=true", "\(pod)/log?follow=true"]
        var streams: [OpenStream] = []
        for number in 0..<count { streams.append(try OpenStream(port: port, path: paths[number % paths.count])) }
        return streams
    }

    deinit {
        close(descriptor)
    }

    private static func connect(_ descriptor: Int32, to port: UInt16) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
