/// The head of a request as libcurl takes it.
enum RequestHeaders {
    /// The header lines of a request.
    ///
    /// - Throws: `TransportError` `.invalidRequest` for what would break the head apart.
    static func lines(of request: HTTPRequest) throws(TransportError) -> [String] {
        guard isToken(request.method) else {
            throw TransportError(.invalidRequest, "the method is no token")
        }
        // libcurl would hold back bodies of more than 1 MiB until the server has answered 100 or a second has passed.
        var lines = ["Expect:"]
        // ... and name a form as the type of each body.
        if !contains("Content-Type", in: request) { lines.append("Content-Type:") }
        for (name, value) in request.headers {
            guard isToken(name) else { throw TransportError(.invalidRequest, "a header's name is no token") }
            guard !value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else {
                throw TransportError(.invalidRequest, "the value of header \(name) holds a line break")
            }
            // "Name:" would take the header away.
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        return lines
    }

    static func contains(_ name: String, in request: HTTPRequest) -> Bool {
        HTTPHeaders(request.headers).first(name) != nil
    }

    /// Whether a request of this method says the length of its body even when it has none (RFC 9110, section 8.6).
    static func expectsBody(_ method: String) -> Bool {
        ["POST", "PUT", "PATCH"].contains(method)
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "a")...UInt8(ascii: "z"): true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
