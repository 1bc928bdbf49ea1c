import Glibc
import Synchronization
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct UnaryCallTests {
    private let client: CurlHTTPClient
    private let plain = ConnectionOptions()

    init() throws {
        client = try .start()
    }

    @Test func `A response has the status, headers and body that the server sent`() async throws {
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 404 Not Found\r\nX-One: 1\r\nx-one:  2 \r\nContent-Length: 4\r\n\r\nnone")
            connection.waitForEnd()
        }
        let response = try await client.send(HTTPRequest(url: server.url), over: plain)
        #expect(response.status == 404)
        #expect(response.headers.first("X-ONE") == "1")
        #expect(response.headers.all("x-one") == ["1", "2"])
        #expect(response.body == Array("none".utf8))
    }

    @Test func `A response tells the bytes of the call in both directions`() async throws {
        let received = Event<Int>()
        let answer = TestResponse.whole("twelve bytes")
        let server = try TestServer { connection, _ in
            guard let request = connection.readRequest() else { return }
            received.happen(request.size)
            connection.write(answer)
            connection.waitForEnd()
        }
        let request = HTTPRequest(method: "POST", url: server.url, body: Array("{}".utf8))
        let response = try await client.send(request, over: plain)
        #expect(response.bytesReceived == answer.utf8.count)
        #expect(await received.wait() == response.traffic.sent)
    }

    @Test func `What a burst of calls has opened is closed again as calls end`() async throws {
        let (burst, kept) = (8, 2)
        let (begun, closed) = (Tally(), Tally())
        let server = try TestServer { connection, _ in
            while connection.readRequest() != nil {
                // The calls of the burst are all under way before the first is answered.
                begun.add()
                while begun.count < burst { usleep(1000) }
                connection.write(TestResponse.whole("here"))
            }
            closed.add()
        }
        let client = CurlHTTPClient(loop: try TransferLoop.start(limits: TransferLoop.Limits(idleConnections: kept)))
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<burst {
                group.addTask { _ = try await client.send(HTTPRequest(url: server.url), over: ConnectionOptions()) }
            }
        }
        #expect(server.connectionCount == burst)
        for _ in 0..<burst { _ = try await client.send(HTTPRequest(url: server.url), over: plain) }
        // The one that is in use while the bound is looked at comes on top.
        while closed.count < burst - kept - 1 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(server.connectionCount == burst)
    }

    struct Sent: Sendable, CustomTestStringConvertible {
        let method: String
        let body: String?
        let length: String?
        var testDescription: String { "\(method) with \(body.map { "\"\($0)\"" } ?? "no body")" }
    }

    @Test(arguments: [
        Sent(method: "GET", body: nil, length: nil),
        Sent(method: "DELETE", body: nil, length: nil),
        Sent(method: "DELETE", body: "{\"gracePeriodSeconds\":0}", length: "24"),
        Sent(method: "POST", body: nil, length: "0"),
        Sent(method: "PUT", body: "", length: "0"),
        Sent(method: "PATCH", body: "{}", length: "2"),
    ])
    func `A request goes out as it was given`(sent: Sent) async throws {
        let seen = Event<TestRequest>()
        let server = try TestServer { connection, _ in
            guard let request = connection.readRequest() else { return }
            seen.happen(request)
            connection.write(TestResponse.whole("ok"))
            connection.waitForEnd()
        }
        let request = HTTPRequest(
            method: sent.method,
            url: server.url + "/api/v1/pods?watch=true&labelSelector=a%3Db",
            headers: [(name: "Authorization", value: "Bearer t"), (name: "X-Empty", value: "")],
            body: sent.body.map { Array($0.utf8) }
        )
        _ = try await client.send(request, over: plain)
        let got = try #require(await seen.wait())
        #expect(got.line == "\(sent.method) /api/v1/pods?watch=true&labelSelector=a%3Db HTTP/1.1")
        #expect(got.value(of: "Authorization") == "Bearer t")
        #expect(got.value(of: "X-Empty") == "")
        #expect(got.value(of: "Content-Length") == sent.length)
        #expect(got.value(of: "Content-Type") == nil)
        #expect(got.body == Array((sent.body ?? "").utf8))
    }

    @Test func `A large body does not wait for leave to come`() async throws {
        let seen = Event<TestRequest>()
        let server = try TestServer { connection, _ in
            guard let request = connection.readRequest() else { return }
            seen.happen(request)
            connection.write(TestResponse.whole("ok"))
            connection.waitForEnd()
        }
        let body = [UInt8](repeating: 7, count: 3 << 20)
        _ = try await client.send(HTTPRequest(method: "POST", url: server.url, body: body), over: plain)
        let got = try #require(await seen.wait())
        #expect(got.value(of: "Expect") == nil)
        #expect(got.body == body)
    }

    @Test func `The answer to HEAD has no body and is not waited for`() async throws {
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            connection.waitForEnd()
        }
        let response = try await client.send(HTTPRequest(method: "HEAD", url: server.url), over: plain)
        #expect(response.headers.first("content-length") == "100")
        #expect(response.body.isEmpty)
    }

    @Test func `Interim responses are passed over`() async throws {
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + TestResponse.whole("final"))
            connection.waitForEnd()
        }
        let response = try await client.send(HTTPRequest(url: server.url), over: plain)
        #expect(response.status == 200)
        #expect(response.headers.first("Link") == nil)
        #expect(response.body == Array("final".utf8))
    }

    @Test func `A redirect is an answer`() async throws {
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
            connection.waitForEnd()
        }
        #expect(try await client.send(HTTPRequest(url: server.url), over: plain).status == 302)
    }

    @Test func `Calls after each other share a connection`() async throws {
        let server = try TestServer { connection, _ in connection.answerAll() }
        for _ in 1...5 { _ = try await client.send(HTTPRequest(url: server.url), over: plain) }
        #expect(server.connectionCount == 1)
    }

    @Test func `Calls at once get an answer each`() async throws {
        let server = try TestServer { connection, _ in connection.answerAll { $0.line } }
        let (client, plain) = (client, plain)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 1...100 {
                group.addTask {
                    let response = try await client.send(HTTPRequest(url: "\(server.url)/\(number)"), over: plain)
                    return response.body == Array("GET /\(number) HTTP/1.1".utf8)
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }
}
