import Testing

@testable import Transport

@Suite struct HTTPHeadReaderTests {
    private func request(_ text: String, limit: Int = 4096) throws -> HTTPServerRequest? {
        var reader = HTTPHeadReader(limit: limit)
        return try reader.read(Array(text.utf8)[...]).map(HTTPServerRequest.init)
    }

    @Test func `A head is read, whatever pieces it comes in`() throws {
        let text = "POST /a%20b/c?x=1&y=%2F+z HTTP/1.1\r\nHost: h\r\nX-Y:  one \t\r\nContent-Length: 3\r\n\r\nabc"
        var reader = HTTPHeadReader(limit: 4096)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            bytes.append(byte)
            guard let head = try reader.read(bytes[...]) else { continue }
            let request = try HTTPServerRequest(head)
            #expect(head.size == text.utf8.count - 3)
            #expect(request.method == "POST")
            #expect(request.target.segments == ["a b", "c"])
            #expect(request.target.query.map(\.value) == ["1", "/ z"])
            #expect(request.headers.first("x-y") == "one")
            #expect(request.framing == .length(3))
            return
        }
        Issue.record("the head was not found")
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\nHost: h\n\r\n\r\n", "bare line feeds"),
        ("GET / HTTP/1.1\r\nHost: h\r\nA: 1\n\r\n\r\n", "one bare line feed"),
        ("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r2\r\n\r\n", "a bare carriage return"),
        ("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\n  2\r\n\r\n", "a folded line"),
        ("GET / HTTP/1.1\r\nHost: h\r\nA : 1\r\n\r\n", "a space before the colon"),
        ("GET / HTTP/1.1\r\nHost: h\r\n: 1\r\n\r\n", "a field without a name"),
        ("GET / HTTP/1.1\r\nHost: h\r\nA\r\n\r\n", "a line without a colon"),
        ("GET / HTTP/1.1\r\nHost: h\r\nA: \u{0}\r\n\r\n", "a zero byte"),
        ("GET / HTTP/1.1\r\nHost: h\r\nA: \u{7}\r\n\r\n", "a control character"),
        ("GET /\r\n\r\n", "HTTP/0.9"),
        ("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "two spaces"),
        ("G@T / HTTP/1.1\r\nHost: h\r\n\r\n", "a method that is no token"),
        ("GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", "an absolute target"),
        ("GET * HTTP/1.1\r\nHost: h\r\n\r\n", "the asterisk"),
        ("GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", "a fragment"),
        ("GET / HTTP/1.1\r\n\r\n", "no host"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "two hosts"),
        ("GET //pods HTTP/1.1\r\nHost: h\r\n\r\n", "an empty segment"),
        ("GET /a/../pods HTTP/1.1\r\nHost: h\r\n\r\n", "a way upwards"),
        ("GET /a/%2e%2e/pods HTTP/1.1\r\nHost: h\r\n\r\n", "an escaped way upwards"),
        ("GET /a/%2Fpods HTTP/1.1\r\nHost: h\r\n\r\n", "an escaped slash"),
        ("GET /a%00 HTTP/1.1\r\nHost: h\r\n\r\n", "an escaped zero"),
        ("GET /a%f HTTP/1.1\r\nHost: h\r\n\r\n", "half an escape"),
        ("GET /a%ff HTTP/1.1\r\nHost: h\r\n\r\n", "broken UTF-8"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "two lengths"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n", "a list of lengths"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", "a signed length"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \r\n\r\n", "an empty length"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "length and chunks"),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "chunks in HTTP/1.0"),
    ])
    func `What can be read in two ways is refused`(text: String, what: String) {
        #expect(throws: (any Error).self, "\(what)") { try request(text) }
    }

    @Test func `What is only not known gets the status that says so`() {
        #expect(throws: RequestRefusal.notImplemented) {
            try request("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")
        }
        #expect(throws: RequestRefusal.versionNotSupported) { try request("GET / HTTP/2.0\r\nHost: h\r\n\r\n") }
        #expect(throws: RequestRefusal.expectationFailed) {
            try request("POST / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n")
        }
    }

    @Test func `A head is as long as its bound and no longer`() throws {
        let start = "GET / HTTP/1.1\r\nHost: h\r\nA: "
        let fitting = start + String(repeating: "a", count: 200 - start.utf8.count - 4) + "\r\n\r\n"
        #expect(try request(fitting, limit: 200) != nil)
        #expect(throws: HTTPHeadReader.Refusal.tooLarge) { try request(fitting, limit: 199) }
        #expect(throws: HTTPHeadReader.Refusal.tooLarge) { try request(String(repeating: "a", count: 201), limit: 200) }
        let many = start + "x\r\n" + String(repeating: "B: 1\r\n", count: 200) + "\r\n"
        #expect(throws: HTTPHeadReader.Refusal.tooLarge) { try request(many) }
    }

    @Test func `An upgrade is asked for in both headers or not at all`() throws {
        let both = "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n"
        #expect(try request(both)?.upgrade == "SPDY/3.1")
        #expect(try request("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: SPDY/3.1\r\n\r\n")?.upgrade == nil)
    }
}
