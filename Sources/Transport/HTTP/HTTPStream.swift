/// An answer that is read as it comes. Dropping it ends the call.
package struct HTTPStream: Sendable {
    package let head: HTTPHead
    package let body: HTTPBody

    package init(head: HTTPHead, body: HTTPBody) {
        self.head = head
        self.body = body
    }

    /// The bytes that came so far, of head and body, taken by the reader or not.
    package var bytesReceived: Int { body.bytesReceived }
}
