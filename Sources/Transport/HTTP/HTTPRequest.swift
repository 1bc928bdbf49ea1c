/// A request over HTTP/1.1. Its printed form leaves out headers and body, which may hold credentials.
package struct HTTPRequest: Sendable, CustomStringConvertible, CustomReflectable {
    package var method: String
    /// Absolute, `http` or `https`, with everything percent-encoded that has to be.
    package var url: String
    /// Sent as they are and in this order, credentials included.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    /// The bound of a whole unary call, from its start to its last byte; nil for none. Not for streams.
    package var timeout: Duration?
    /// The bound of name look-up, TCP and TLS together, when no kept connection can be used.
    package var connectTimeout: Duration
    /// The longest body that is taken for an answer, in bytes; one more and the call fails with `.tooLarge`. Not for
    /// streams.
    package var maxBodyBytes: Int

    package init(
        method: String = "GET",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        timeout: Duration? = nil,
        connectTimeout: Duration = .seconds(10),
        maxBodyBytes: Int = 256 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maxBodyBytes = maxBodyBytes
    }

    package var description: String { "\(method) \(url)" }

    package var customMirror: Mirror { Mirror(self, children: ["method": method, "url": url]) }
}
