/// A request to the ``StatusServer``, read from bytes as they come. Pure.
enum StatusRequest: Equatable {
    /// The head is not complete yet.
    case incomplete
    /// GET or HEAD of a path; the query without its question mark.
    case read(path: String, query: String, isHead: Bool)
    /// Answered with this status, because it is no request that the server takes.
    case refused(status: Int)

    /// The longest head that is read; a longer one is refused.
    static let longestHead = 8192

    init(_ bytes: [UInt8]) {
        guard let end = Self.endOfHead(bytes) else {
            self = bytes.count > Self.longestHead ? .refused(status: 431) : .incomplete
            return
        }
        let line = bytes[..<end].prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0", words[1].hasPrefix("/") else {
            self = .refused(status: 400)
            return
        }
        guard words[0] == "GET" || words[0] == "HEAD" else {
            self = .refused(status: 405)
            return
        }
        let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self = .read(
            path: String(target[0]),
            query: target.count > 1 ? String(target[1]) : "",
            isHead: words[0] == "HEAD"
        )
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        var newlines = 0
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"):
                newlines += 1
                if newlines == 2 { return index + 1 }
            case UInt8(ascii: "\r"): continue
            default: newlines = 0
            }
        }
        return nil
    }
}

/// An answer of the ``StatusServer``.
package struct StatusResponse: Sendable, Equatable {
    package let status: Int
    package let contentType: String
    package let body: String

    package init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: String) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package static let notFound = StatusResponse(status: 404, body: "404 page not found\n")

    func bytes(withBody: Bool) -> [UInt8] {
        let length = body.utf8.count
        let head = [
            "HTTP/1.1 \(status) \(Self.phrase(status))", "Content-Type: \(contentType)", "Content-Length: \(length)",
            "X-Content-Type-Options: nosniff", "Connection: close", "\r\n",
        ].joined(separator: "\r\n")
        return Array((withBody ? head + body : head).utf8)
    }

    private static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 431: "Request Header Fields Too Large"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }
}
