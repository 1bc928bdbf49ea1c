/// Makes calls over HTTP. The seam between those who speak of Kubernetes and the network.
///
/// Every status is an answer, also 4xx and 5xx; redirects are not followed. Calls may come from any task.
package protocol HTTPClient: Sendable {
    /// Makes a unary call.
    ///
    /// - Throws: `TransportError`; `CancellationError` when the task is cancelled, after the connection has been given up.
    func send(_ request: HTTPRequest, over connection: ConnectionOptions) async throws -> HTTPResponse

    /// Starts a call whose answer is read as it comes, and returns when its head is there.
    ///
    /// - Throws: as `send`.
    func stream(_ request: HTTPRequest, over connection: ConnectionOptions) async throws -> HTTPStream
}
