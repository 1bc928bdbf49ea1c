package import Transport

/// What can be asked of an instance as a stream: its log, or bytes both ways.
package struct PodStream: Sendable, Hashable {
    /// The subresource of a pod, as API servers name it.
    package enum Kind: String, Sendable {
        case log
        case exec
        case attach
        case portForward = "portforward"
    }

    package struct Item: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package let kind: Kind
    package let method: String
    /// The options, in the API's names.
    package let query: [Item]
    /// The headers that belong to the stream's own protocol.
    package let headers: [Item]

    package init(_ kind: Kind, method: String, query: [Item], headers: [Item]) {
        self.kind = kind
        self.method = method
        self.query = query
        self.headers = headers
    }
}

/// The streams of a provider's instances, as requests to its cluster: who has the client's connection relays the bytes.
package protocol PodStreams: Sendable {
    /// The request for a stream of exactly this instance, with credentials.
    ///
    /// - Throws: ``ProviderError``, `CancellationError`.
    func request(
        _ stream: PodStream,
        of instance: PodInstance
    ) async throws -> (request: HTTPRequest, connection: ConnectionOptions)

    /// The cluster has refused the credentials of a request.
    func credentialsWereRefused() async
}

extension PodProvider {
    /// A provider whose instances are no processes has nothing to stream.
    package var streams: (any PodStreams)? { nil }
}
