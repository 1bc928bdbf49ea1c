/// Where the bytes of a body come from. Its end of life ends the call.
package protocol HTTPBodySource: AnyObject, Sendable {
    /// The next bytes, never none; nil after the last of a whole body.
    func next() async throws -> [UInt8]?
    /// What came so far, head included.
    var bytesReceived: Int { get }
}

/// The body of an answer, in chunks as they come from the network. One reader; what it does not take is, beyond a fixed
/// buffer, not taken from the server.
///
/// Throws `TransportError` if the body did not come whole, `CancellationError` when the reading task is cancelled; either
/// way the call is over.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    private let source: any HTTPBodySource

    package init(_ source: any HTTPBodySource) {
        self.source = source
    }

    var bytesReceived: Int { source.bytesReceived }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(source: source)
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let source: any HTTPBodySource

        package mutating func next() async throws -> [UInt8]? {
            try await source.next()
        }
    }
}
