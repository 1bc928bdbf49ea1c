import Glibc
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct StatusServerTests {
    private func connect(to port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        return descriptor
    }

    private func ask(_ request: String, on descriptor: Int32) -> String {
        var bytes = Array(request.utf8)
        _ = send(descriptor, &bytes, bytes.count, Int32(MSG_NOSIGNAL))
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(descriptor, &chunk, chunk.count, 0), count > 0 { answer += chunk[..<count] }
        close(descriptor)
        return String(decoding: answer, as: UTF8.self)
    }

    @Test func `It answers, closes, and goes on while others dawdle`() async throws {
        let large = String(repeating: "metric 1\n", count: 100_000)
        let server = try StatusServer(host: "127.0.0.1", port: 0) { path, _ in
            path == "/metrics" ? StatusResponse(body: large) : .notFound
        }
        let dawdlers = try (0..<8).map { _ in try connect(to: server.port) }
        let answer = ask("GET /metrics HTTP/1.1\r\n\r\n", on: try connect(to: server.port))
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.hasSuffix(large))
        #expect(ask("GET /other HTTP/1.1\r\n\r\n", on: try connect(to: server.port)).hasPrefix("HTTP/1.1 404 "))
        for dawdler in dawdlers { close(dawdler) }
        await server.stop()
    }

    @Test func `A port that is taken is an error that names it`() async throws {
        let server = try StatusServer(host: "127.0.0.1", port: 0) { _, _ in .notFound }
        do {
            _ = try StatusServer(host: "127.0.0.1", port: server.port) { _, _ in .notFound }
            Issue.record("bound twice")
        } catch {
            #expect("\(error)".contains("127.0.0.1:\(server.port)"))
        }
        await server.stop()
    }
}
