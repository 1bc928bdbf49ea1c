/// Writes an answer as HTTP/1.1 has it, for one request. Pure.
struct AnswerEncoding {
    private let isHead: Bool
    private let isVersion11: Bool
    private(set) var keepsAlive: Bool

    init(_ request: HTTPServerRequest) {
        self.init(isHead: request.method == "HEAD", isVersion11: request.isVersion11, keepsAlive: request.keepsAlive)
    }

    init(isHead: Bool, isVersion11: Bool, keepsAlive: Bool) {
        self.isHead = isHead
        self.isVersion11 = isVersion11
        self.keepsAlive = keepsAlive
    }

    /// No other request follows on the connection.
    mutating func endConnection() { keepsAlive = false }

    /// The whole answer.
    func whole(status: Int, headers: [(name: String, value: String)], body: [UInt8]) -> [UInt8] {
        let length = [(name: "Content-Length", value: "\(body.count)")]
        return head(status, headers + length) + (isHead ? [] : body)
    }

    /// The head of an answer in pieces; for clients that know no chunks, the end of the connection is its end.
    mutating func begin(status: Int, headers: [(name: String, value: String)]) -> [UInt8] {
        guard isVersion11 else {
            keepsAlive = false
            return head(status, headers)
        }
        return head(status, headers + [(name: "Transfer-Encoding", value: "chunked")])
    }

    func piece(_ bytes: [UInt8]) -> [UInt8] {
        guard !isHead, !bytes.isEmpty else { return [] }
        guard isVersion11 else { return bytes }
        return Array((String(bytes.count, radix: 16) + "\r\n").utf8) + bytes + [13, 10]
    }

    /// What ends an answer in pieces.
    var last: [UInt8] { isHead || !isVersion11 ? [] : Array("0\r\n\r\n".utf8) }

    /// The head alone, with these headers.
    func head(_ status: Int, _ headers: [(name: String, value: String)]) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(Self.phrase(status))\r\n"
        for header in headers { text += "\(header.name): \(Self.plain(header.value))\r\n" }
        if !keepsAlive { text += "Connection: close\r\n" }
        return Array((text + "\r\n").utf8)
    }

    /// A value that cannot end its line.
    private static func plain(_ value: String) -> String {
        value.utf8.contains { $0 < 32 } ? String(value.unicodeScalars.filter { $0.value >= 32 }) : value
    }

    private static func phrase(_ status: Int) -> String { phrases[status] ?? "Status \(status)" }

    private static let phrases = [
        100: "Continue", 101: "Switching Protocols", 200: "OK", 201: "Created", 204: "No Content", 302: "Found",
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        409: "Conflict", 413: "Content Too Large", 417: "Expectation Failed", 422: "Unprocessable Content",
        426: "Upgrade Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
        504: "Gateway Timeout", 505: "HTTP Version Not Supported",
    ]
}
