import Testing

@testable import Transport

@Suite struct StatusRequestTests {
    private func read(_ text: String) -> StatusRequest { StatusRequest(Array(text.utf8)) }

    @Test(arguments: [
        ("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "/metrics", "", false),
        ("GET /readyz?verbose&exclude=a HTTP/1.1\r\n\r\n", "/readyz", "verbose&exclude=a", false),
        ("HEAD / HTTP/1.0\n\n", "/", "", true),
        ("GET /a?b?c HTTP/1.1\r\n\r\ntrailing", "/a", "b?c", false),
    ])
    func `A whole head is read`(text: String, path: String, query: String, isHead: Bool) {
        #expect(read(text) == .read(path: path, query: query, isHead: isHead))
    }

    @Test(arguments: ["", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\n"])
    func `A head that is not complete is waited for`(text: String) {
        #expect(read(text) == .incomplete)
    }

    @Test(arguments: [
        ("POST /metrics HTTP/1.1\r\n\r\n", 405), ("GET metrics HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2\r\n\r\n", 400),
        ("GET /a b HTTP/1.1\r\n\r\n", 400), ("\u{16}\u{3}\u{1}\r\n\r\n", 400),
    ])
    func `What is no request for us is refused`(text: String, status: Int) {
        #expect(read(text) == .refused(status: status))
    }

    @Test func `A head without end is refused at the limit`() {
        #expect(StatusRequest([UInt8](repeating: 65, count: StatusRequest.longestHead)) == .incomplete)
        #expect(StatusRequest([UInt8](repeating: 65, count: StatusRequest.longestHead + 1)) == .refused(status: 431))
    }

    @Test func `An answer to HEAD has the length and no body`() {
        let response = StatusResponse(body: "ok\n")
        #expect(String(decoding: response.bytes(withBody: true), as: UTF8.self).hasSuffix("\r\n\r\nok\n"))
        let head = String(decoding: response.bytes(withBody: false), as: UTF8.self)
        #expect(head.hasSuffix("\r\n\r\n"))
        #expect(head.contains("Content-Length: 3\r\n"))
    }
}
