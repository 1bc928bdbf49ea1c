import KubeClient
import KubeModel
import Transport

/// Streams of delegates: the subresources of their pods at the remote's API server.
struct RemoteStreams: PodStreams {
    let client: APIClient

    func request(
        _ stream: PodStream,
        of instance: PodInstance
    ) async throws -> (request: HTTPRequest, connection: ConnectionOptions) {
        do {
            try await expect(instance)
            return try await client.prepared(
                stream.method,
                path: Resource.pods.path(
                    namespace: instance.instanceKey.namespace,
                    name: instance.instanceKey.name,
                    subresource: stream.kind.rawValue
                ),
                query: stream.query.map { ($0.name, $0.value) },
                headers: stream.headers.map { ($0.name, $0.value) }
            )
        } catch let error as APIError {
            throw ProviderError(error, doing: "asking for a stream of pod \(instance.podKey)")
        }
    }

    /// Streams go by name: a pod that took the delegate's place since the cache was told must not be reached for it.
    private func expect(_ instance: PodInstance) async throws {
        let (key, uid) = (instance.instanceKey, instance.instanceUID)
        let live = try await client.get(.pods, namespace: key.namespace, name: key.name)
        guard ObjectMeta(live).uid == uid else {
            throw ProviderError(
                .conflict,
                reason: "DelegateReplaced",
                message: "The delegate of pod \(instance.podKey) has been replaced."
            )
        }
    }

    func credentialsWereRefused() async {
        await client.refreshCredentials()
    }
}

extension RemoteCluster {
    package var streams: (any PodStreams)? { RemoteStreams(client: client) }
}
