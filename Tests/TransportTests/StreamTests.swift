import TestSupport
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
    private let client: CurlHTTPClient
    private let plain = ConnectionOptions()

    init() throws {
        client = try .start()
    }

    @Test func `A stream is there with its head, before any of its body`() async throws {
        let gate = Gate()
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write(TestResponse.chunkedHead)
            gate.wait()
            connection.write(TestResponse.chunk("late") + TestResponse.lastChunk)
            connection.waitForEnd()
        }
        let stream = try await client.stream(HTTPRequest(url: server.url), over: plain)
        #expect(stream.head.status == 200)
        #expect(stream.bytesReceived == TestResponse.chunkedHead.utf8.count)
        gate.open()
        #expect(try await stream.body.text() == "late")
    }

    @Test func `Each chunk comes when the server sends it`() async throws {
        let gate = Gate()
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write(TestResponse.chunkedHead)
            for number in 1...3 {
                connection.write(TestResponse.chunk("event \(number)\n"))
                gate.wait()
            }
            connection.write(TestResponse.lastChunk)
            connection.waitForEnd()
        }
        let stream = try await client.stream(HTTPRequest(url: server.url), over: plain)
        var chunks = stream.body.makeAsyncIterator()
        for number in 1...3 {
            #expect(try await chunks.next() == Array("event \(number)\n".utf8))
            gate.open()
        }
        #expect(try await chunks.next() == nil)
        #expect(try await chunks.next() == nil)
    }

    @Test func `A stream that breaks gives what came and then fails`() async throws {
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write(TestResponse.chunkedHead + TestResponse.chunk("one") + TestResponse.chunk("two"))
            connection.closeCleanly()
        }
        let stream = try await client.stream(HTTPRequest(url: server.url), over: plain)
        var text = ""
        let error = await #expect(throws: TransportError.self) {
            for try await chunk in stream.body { text += String(decoding: chunk, as: UTF8.self) }
        }
        #expect(text == "onetwo")
        #expect(error?.code == .interrupted)
    }

    @Test func `A slow reader holds the server back and loses nothing`() async throws {
        // More than the sockets of both ends hold; no period that a lost or doubled chunk could hide in.
        var body = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        while body.count < 16 << 20 { body += body }
        let (sent, stalled) = (body, Event<Int>())
        let server = try TestServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(sent.count)\r\n\r\n")
            let done = connection.write(sent, untilStalledFor: .milliseconds(200))
            stalled.happen(done)
            connection.write(Array(sent[done...]))
            connection.waitForEnd()
        }
        let stream = try await client.stream(HTTPRequest(url: server.url), over: plain)
        let written = try #require(await stalled.wait())
        #expect(written < sent.count)
        // The mark may be passed by what libcurl hands over at once.
        #expect(stream.bytesReceived <= BodyBuffer.Watermarks.standard.high + 20_000)
        var received: [UInt8] = []
        for try await chunk in stream.body { received += chunk }
        #expect(received == sent)
    }

    /// What a request is sent from goes when its answer has begun, but not before it has been sent.
    @Test(arguments: [false, true])
    func `A server that answers before it reads gets the whole request`(byTLS: Bool) async throws {
        // More than the sockets of both ends hold.
        var body = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        while body.count < 16 << 20 { body += body }
        let identity = try CertificateAuthority.create(commonName: "one").issue(commonName: "a", usages: .serverAuth)
        let (gate, received) = (Gate(), Event<[UInt8]>())
        let server = try TestServer(tls: byTLS ? TestTLS(identity) : nil) { connection, _ in
            connection.write(TestResponse.chunkedHead)
            gate.wait()
            received.happen(connection.readRequest()?.body ?? [])
            connection.write(TestResponse.chunk("late") + TestResponse.lastChunk)
            connection.waitForEnd()
        }
        let request = HTTPRequest(method: "POST", url: server.url, body: body)
        let options = ConnectionOptions(tls: TLSOptions(skipVerify: true))
        let stream = try await client.stream(request, over: options)
        gate.open()
        let isWhole = await received.wait() == body
        #expect(isWhole)
        #expect(try await stream.body.text() == "late")
    }

    @Test func `Many streams stand open beside each other and beside calls`() async throws {
        let server = try TestServer { connection, _ in
            while let request = connection.readRequest() {
                if request.line.contains("/call") {
                    connection.write(TestResponse.whole("ok"))
                } else {
                    connection.write(TestResponse.chunkedHead + TestResponse.chunk(request.line))
                }
            }
        }
        var streams: [(Int, HTTPStream)] = []
        for number in 1...150 {
            streams.append((number, try await client.stream(HTTPRequest(url: "\(server.url)/\(number)"), over: plain)))
        }
        #expect(try await client.send(HTTPRequest(url: "\(server.url)/call"), over: plain).status == 200)
        for (number, stream) in streams {
            var chunks = stream.body.makeAsyncIterator()
            #expect(try await chunks.next() == Array("GET /\(number) HTTP/1.1".utf8))
        }
        #expect(server.connectionCount == 151)
    }
}

extension HTTPBody {
    /// All of it as text.
    fileprivate func text() async throws -> String {
        var bytes: [UInt8] = []
        for try await chunk in self { bytes += chunk }
        return String(decoding: bytes, as: UTF8.self)
    }
}
