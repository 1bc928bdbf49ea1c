/// An `HTTPClient` over libcurl. HTTP/1.1 only: with HTTP/2 the libcurl of Debian 12 passes truncated bodies off as whole.
///
/// A request on a kept connection that the server closes before the first byte of an answer is sent once more on another
/// connection, whatever its method (libcurl's rule), so calls have to bear being made twice.
package final class CurlHTTPClient: HTTPClient {
    private let loop: TransferLoop

    package init(loop: TransferLoop) {
        self.loop = loop
    }

    /// A client with a loop of its own.
    ///
    /// - Throws: `TransportError` `.system`.
    package static func start() throws(TransportError) -> CurlHTTPClient {
        CurlHTTPClient(loop: try TransferLoop.start())
    }

    /// Ends all calls under way, and all later ones, with `.closed`. Returns when nothing of them is left.
    package func shutdown() async {
        await loop.stop()
    }

    package func send(_ request: HTTPRequest, over connection: ConnectionOptions) async throws -> HTTPResponse {
        try await perform(request, .unary, connection, id: TransferID(number: loop.inbox.makeNumber())) { caller in
            ResponseCollector(limit: request.maxBodyBytes, caller: caller)
        }
    }

    package func stream(_ request: HTTPRequest, over connection: ConnectionOptions) async throws -> HTTPStream {
        let (channel, id) = (ResponseChannel(), TransferID(number: loop.inbox.makeNumber()))
        let source = ResponseSource(channel: channel, inbox: loop.inbox, id: id)
        let head = try await perform(request, .stream, connection, id: id) { caller in
            channel.awaitHead(caller)
            return channel
        }
        return HTTPStream(head: head, body: HTTPBody(source))
    }

    /// Starts a transfer and waits for what its receiver tells the caller.
    private func perform<Value: Sendable>(
        _ request: HTTPRequest,
        _ kind: TransferRequest.Kind,
        _ connection: ConnectionOptions,
        id: TransferID,
        makeReceiver: (CheckedContinuation<Value, any Error>) -> any TransferReceiver
    ) async throws -> Value {
        try Task.checkCancellation()
        let inbox = loop.inbox
        let transfer = TransferRequest(
            id: id,
            kind: kind,
            request: request,
            tls: connection.tls,
            proxyURL: connection.proxyURL
        )
        return try await cancellable(id, of: inbox) {
            try await withCheckedThrowingContinuation { caller in
                let receiver = makeReceiver(caller)
                guard inbox.submit(.start(transfer, receiver)) else {
                    return receiver.finish(.failure(.clientClosed))
                }
                // A cancel that came just before the start found nothing to cancel.
                if Task.isCancelled { inbox.submit(.cancel(id)) }
            }
        }
    }
}

extension TransportError {
    static let clientClosed = TransportError(.closed, "the HTTP client has been shut down")
}
