import KubeModel
import Transport

extension APIClient {
    /// Follows a collection from a version on, with bookmarks.
    ///
    /// - Parameters:
    ///   - resourceVersion: the version of a list or of the last event; empty or nil to be told all objects first.
    ///   - timeout: when the server shall end the watch; whole seconds.
    ///   - activity: is told of each byte, so that a silent connection can be found.
    /// - Throws: `APIError` if the server refuses, `.isExpired` if it keeps this version no longer.
    package func watch(
        _ resource: Resource,
        namespace: String? = nil,
        labelSelector: String? = nil,
        fieldSelector: String? = nil,
        resourceVersion: String?,
        timeout: Duration? = nil,
        activity: ByteActivity? = nil
    ) async throws -> WatchStream {
        var call = try APICall(.watch, resource, namespace: namespace)
        call.ask("labelSelector", labelSelector)
        call.ask("fieldSelector", fieldSelector)
        call.ask("watch", "true")
        call.ask("allowWatchBookmarks", "true")
        call.ask("resourceVersion", resourceVersion)
        call.ask("timeoutSeconds", timeout.map { String($0.components.seconds) })
        let stream = try await stream(call)
        guard stream.head.status < 400 else { throw try await failure(of: stream) }
        let counter = metrics.receivedBytes(call, code: "\(stream.head.status)")
        return WatchStream(stream: stream, received: counter, activity: [received, activity].compactMap(\.self))
    }

    /// What the body of a refusal says, as far as it is of a sane length.
    private func failure(of stream: HTTPStream) async throws -> APIError {
        var body: [UInt8] = []
        do {
            for try await chunk in stream.body where body.count < 1 << 20 {
                body += chunk
            }
        } catch let error as TransportError {
            // The status is the better half of the answer, and it is there.
            if error.code == .cancelled { throw CancellationError() }
        }
        return APIError(status: stream.head.status, headers: stream.head.headers, body: body)
    }
}
