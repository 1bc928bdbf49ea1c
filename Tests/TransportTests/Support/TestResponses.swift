import TestSupport

extension TestConnection {
    /// Answers each request of the connection, until the client closes it, with 200 and what `body` makes of it.
    func answerAll(_ body: (TestRequest) -> String = { _ in "ok" }) {
        while let request = readRequest() {
            write(TestResponse.whole(body(request)))
        }
    }
}

/// Answers as they look on the wire.
enum TestResponse {
    static func whole(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    static let chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    static let lastChunk = "0\r\n\r\n"

    static func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }
}
