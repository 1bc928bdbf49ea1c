/// Why a call did not bring a whole answer. The message names hosts and causes, never credentials.
package struct TransportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure; new ones may come, so switch with a default.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case cannotConnect
            case timedOut
            case tls
            case interrupted
            case badResponse
            case tooLarge
            case cancelled
            case invalidURL
            case invalidRequest
            case closed
            case system
        }

        private let kind: Kind

        /// The host was not found, or it or the proxy did not take the connection. Nothing was sent.
        package static let cannotConnect = Code(kind: .cannotConnect)
        /// One of the request's bounds passed. Whether the server acted is not known.
        package static let timedOut = Code(kind: .timedOut)
        /// The server is not believed, does not believe us, or key and certificates are of no use.
        package static let tls = Code(kind: .tls)
        /// The connection ended before the answer did. Whether the server acted is not known.
        package static let interrupted = Code(kind: .interrupted)
        /// The answer is no HTTP/1.1.
        package static let badResponse = Code(kind: .badResponse)
        /// The answer is longer than the caller takes.
        package static let tooLarge = Code(kind: .tooLarge)
        /// The call was cancelled by another task than the one that is told now, which gets `CancellationError`.
        package static let cancelled = Code(kind: .cancelled)
        package static let invalidURL = Code(kind: .invalidURL)
        /// A method or header that would break the request apart.
        package static let invalidRequest = Code(kind: .invalidRequest)
        /// The client has been shut down.
        package static let closed = Code(kind: .closed)
        /// The machine is out of something: memory, descriptors, threads.
        package static let system = Code(kind: .system)

        package var description: String { kind.rawValue }
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code): \(message)" }
}
