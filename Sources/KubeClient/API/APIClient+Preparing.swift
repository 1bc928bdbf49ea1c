package import Transport

extension APIClient {
    /// A request that is ready to be sent, for who sends it in his own way: a stream that is passed on as it comes. It
    /// waits for the budget and carries fresh credentials, like any other call.
    ///
    /// - Parameter headers: sent besides the credentials and the user agent.
    /// - Throws: ``APIError`` `.credentials`; `CancellationError`.
    package func prepared(
        _ method: String,
        path: String,
        query: [(name: String, value: String)],
        headers: [(name: String, value: String)]
    ) async throws -> (request: HTTPRequest, connection: ConnectionOptions) {
        var call = APICall(.raw, resource: "stream", path: path)
        call.method = method
        call.query = query
        var (request, connection) = try await prepare(call)
        request.headers.removeAll { $0.name == "Accept" }
        request.headers += headers
        return (request, connection)
    }

    /// To be told when the server refused the credentials of a prepared request (401), so that the next are fresh.
    package func refreshCredentials() async {
        await invalidateCredentials()
    }
}
