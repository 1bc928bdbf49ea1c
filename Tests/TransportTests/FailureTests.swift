import Glibc
import TestSupport
import Testing
import Transport

/// How each way in which a call can go wrong looks to the caller.
@Suite(.timeLimit(.minutes(1))) struct FailureTests {
    private let client: CurlHTTPClient
    private let plain = ConnectionOptions()

    init() throws {
        client = try .start()
    }

    private func code(
        of request: HTTPRequest,
        over options: ConnectionOptions = ConnectionOptions()
    ) async throws
        -> TransportError.Code?
    {
        do {
            _ = try await client.send(request, over: options)
            return nil
        } catch let error as TransportError {
            return error.code
        }
    }

    @Test(arguments: [
        (answer: "", code: TransportError.Code.interrupted),
        (answer: "HTTP/1.1 200 OK\r\nContent-Le", code: .interrupted),
        (answer: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", code: .interrupted),
        (answer: TestResponse.chunkedHead + TestResponse.chunk("a chunk"), code: .interrupted),
        (answer: TestResponse.chunkedHead + "8\r\nhalf", code: .interrupted),
        (answer: TestResponse.chunkedHead + "no length\r\n", code: .interrupted),
        (answer: "220 mail.example ESMTP\r\n", code: .badResponse),
    ])
    func `An answer that is cut off or none is no success`(answer: String, code: TransportError.Code) async throws {
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write(answer)
            connection.closeCleanly()
        }
        #expect(try await self.code(of: HTTPRequest(url: server.url)) == code)
    }

    @Test func `A refused connection cannot connect`() async throws {
        let (socket, port) = try TestServer.closedPort()
        defer { close(socket) }
        #expect(try await code(of: HTTPRequest(url: "http://127.0.0.1:\(port)")) == .cannotConnect)
    }

    @Test func `A name that nobody has cannot connect`() async throws {
        #expect(try await code(of: HTTPRequest(url: "http://no-such-host.invalid")) == .cannotConnect)
    }

    @Test func `A connection that breaks under an upload ends the call and not the process`() async throws {
        let server = try TestServer { connection, _ in connection.close() }
        let body = [UInt8](repeating: 1, count: 32 << 20)
        let request = HTTPRequest(method: "POST", url: server.url, body: body)
        #expect(try await code(of: request) == .interrupted)
    }

    @Test func `A server that does not answer in time is timed out`() async throws {
        let server = try TestServer { connection, _ in connection.waitForEnd() }
        #expect(try await code(of: HTTPRequest(url: server.url, timeout: .milliseconds(50))) == .timedOut)
    }

    @Test func `A server that does not end its answer in time is timed out`() async throws {
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write(TestResponse.chunkedHead + TestResponse.chunk("a chunk"))
            connection.waitForEnd()
        }
        #expect(try await code(of: HTTPRequest(url: server.url, timeout: .milliseconds(50))) == .timedOut)
    }

    @Test func `A server that does not speak TLS in time is timed out`() async throws {
        let server = try TestServer { connection, _ in connection.waitForEnd() }
        let url = "https://127.0.0.1:\(server.port)"
        #expect(try await code(of: HTTPRequest(url: url, connectTimeout: .milliseconds(50))) == .timedOut)
    }

    @Test(arguments: [(limit: 9, code: TransportError.Code?.some(.tooLarge)), (limit: 10, code: nil)])
    func `A body is taken up to its limit`(limit: Int, code: TransportError.Code?) async throws {
        let server = try TestServer { connection, _ in
            connection.answerAll { _ in "ten bytes." }
        }
        #expect(try await self.code(of: HTTPRequest(url: server.url, maxBodyBytes: limit)) == code)
    }

    @Test func `A head without end is not taken`() async throws {
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n")
            while connection.write("X-Filler: \(String(repeating: "x", count: 8000))\r\n") {}
        }
        #expect(try await code(of: HTTPRequest(url: server.url)) == .tooLarge)
    }

    @Test(arguments: ["", "nonsense://127.0.0.1", "http://", "http://[::1", "file:///etc/passwd", "http://host:port"])
    func `What is no URL of HTTP is told so`(url: String) async throws {
        #expect(try await code(of: HTTPRequest(url: url)) == .invalidURL)
    }

    @Test(arguments: [
        HTTPRequest(method: "GET /", url: "http://127.0.0.1"),
        HTTPRequest(method: "", url: "http://127.0.0.1"),
        HTTPRequest(url: "http://127.0.0.1", headers: [(name: "A b", value: "c")]),
        HTTPRequest(url: "http://127.0.0.1", headers: [(name: "A", value: "b\r\nInjected: c")]),
    ])
    func `A request that would break apart is not sent`(request: HTTPRequest) async throws {
        #expect(try await code(of: request) == .invalidRequest)
    }

    @Test func `No failure tells the token or the proxy's password`() async throws {
        let (socket, port) = try TestServer.closedPort()
        defer { close(socket) }
        let request = HTTPRequest(
            url: "http://127.0.0.1:\(port)",
            headers: [(name: "Authorization", value: "Bearer s3cret")]
        )
        let options = ConnectionOptions(proxyURL: "http://user:s3cret@127.0.0.1:\(port)")
        for options in [plain, options] {
            let error = await #expect(throws: TransportError.self) { try await client.send(request, over: options) }
            #expect(error.map { "\($0)".contains("s3cret") } == false)
        }
        #expect(!"\(request)\(options)".contains("s3cret"))
        #expect(!String(reflecting: request).contains("s3cret"))
        var dumped = ""
        dump(request, to: &dumped)
        dump(options, to: &dumped)
        #expect(!dumped.contains("s3cret"))
    }
}
