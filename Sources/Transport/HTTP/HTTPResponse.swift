/// A whole response to a unary call.
package struct HTTPResponse: Sendable {
    package let head: HTTPHead
    package let body: [UInt8]
    /// What the call took from and gave to the network above TLS, heads included.
    package let traffic: HTTPTraffic

    package init(head: HTTPHead, body: [UInt8], traffic: HTTPTraffic? = nil) {
        self.head = head
        self.body = body
        self.traffic = traffic ?? HTTPTraffic(sent: 0, received: body.count)
    }

    package init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
        self.init(head: HTTPHead(status: status, headers: headers), body: body)
    }

    package var status: Int { head.status }
    package var headers: HTTPHeaders { head.headers }
    /// The bytes of head and body.
    package var bytesReceived: Int { traffic.received }
}

/// Bytes of one call in both directions, above TLS, heads included.
package struct HTTPTraffic: Sendable, Hashable {
    package let sent: Int
    package let received: Int
    /// From the moment at which the connection was ready for the request to the first byte of the answer: a round trip
    /// and what the server needed.
    package let wait: Duration

    package init(sent: Int, received: Int, wait: Duration = .zero) {
        self.sent = sent
        self.received = received
        self.wait = wait
    }
}
