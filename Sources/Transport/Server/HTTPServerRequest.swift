/// The head of a request that a server has read and found in order.
package struct HTTPServerRequest: Sendable {
    package let method: String
    package let target: RequestTarget
    package let headers: HTTPHeaders
    /// How the length of the body is told.
    let framing: BodyFraming
    /// Whether another request may follow on the connection.
    let keepsAlive: Bool
    let isVersion11: Bool
    /// Whether the client waits for word before it sends the body.
    let expectsContinue: Bool

    /// The protocols that the client asks the connection to be used for instead of HTTP; nil if it asks for none.
    package var upgrade: String? {
        guard isVersion11, headers.tokens("Connection").contains("upgrade") else { return nil }
        return headers.first("Upgrade")
    }

    /// - Throws: the status to refuse the request with.
    init(_ head: HTTPHeadReader.Head) throws(RequestRefusal) {
        let words = head.firstLine.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].utf8.allSatisfy(HTTPHeadReader.isTokenByte) else {
            throw .badRequest
        }
        switch words[2] {
        case "HTTP/1.1": isVersion11 = true
        case "HTTP/1.0": isVersion11 = false
        default: throw words[2].hasPrefix("HTTP/") ? .versionNotSupported : .badRequest
        }
        method = String(words[0])
        target = try RequestTarget(words[1])
        headers = HTTPHeaders(head.fields.map { ($0.name, $0.value) })
        let hosts = headers.all("Host").count
        guard hosts == 1 || hosts == 0 && !isVersion11 else { throw .badRequest }
        framing = try BodyFraming(headers, isVersion11: isVersion11)
        keepsAlive = isVersion11 && !headers.tokens("Connection").contains("close")
        let expectations = headers.all("Expect").map { $0.lowercased() }
        guard expectations.allSatisfy({ $0 == "100-continue" }) else { throw .expectationFailed }
        expectsContinue = !expectations.isEmpty && framing != .none
    }
}

/// Why a request is not served, as the status of the answer.
enum RequestRefusal: Int, Error {
    case badRequest = 400
    case bodyTooLarge = 413
    case expectationFailed = 417
    case headTooLarge = 431
    case notImplemented = 501
    case versionNotSupported = 505
}

/// How the length of a request's body is told (RFC 9112, section 6).
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked

    /// What could be read in two ways is refused: more than one length, a length beside chunks, codings that are not
    /// known, chunks from a client that cannot know them.
    init(_ headers: HTTPHeaders, isVersion11: Bool) throws(RequestRefusal) {
        let (codings, lengths) = (headers.all("Transfer-Encoding"), headers.all("Content-Length"))
        if let coding = codings.first {
            guard codings.count == 1, lengths.isEmpty, isVersion11 else { throw .badRequest }
            guard coding.lowercased() == "chunked" else { throw .notImplemented }
            self = .chunked
        } else if let text = lengths.first {
            guard lengths.count == 1, !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
                throw .badRequest
            }
            guard let length = Int(text) else { throw .bodyTooLarge }
            self = length == 0 ? .none : .length(length)
        } else {
            self = .none
        }
    }
}
