package import Transport

/// Where an API server is and how to be let in: what `APIClient` needs to know of a cluster.
package protocol ClusterEndpoint: Sendable {
    /// The URL of the API server, without a slash at the end; it may have a path.
    var server: String { get }

    /// TLS and proxy for the next connection; asked for on each call, so that rotated files are seen.
    func connection() async throws -> ConnectionOptions

    /// The headers that carry credentials; empty if the connection itself does.
    func headers() async throws -> [(name: String, value: String)]

    /// Told when the server has refused the credentials (401), so that the next ones are fresh.
    func invalidateCredentials() async
}
