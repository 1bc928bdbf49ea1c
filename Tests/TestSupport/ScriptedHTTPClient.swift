package import KubeClient
package import KubeModel
import Lifecycle
package import Observability
import Synchronization
package import Transport

/// An HTTP client whose server is the test: it takes each call with `nextCall()` and answers it when and how it likes.
package final class ScriptedHTTPClient: HTTPClient {
    private let calls = Mailbox<ScriptedCall>()
    private let answer: (@Sendable (ScriptedCall) -> Void)?

    /// - Parameter answer: answers every call at once; nil to take calls with `nextCall()`.
    package init(answer: (@Sendable (ScriptedCall) -> Void)? = nil) {
        self.answer = answer
    }

    /// The next call, once there is one. `CancellationError` when cancelled before.
    package func nextCall() async throws -> ScriptedCall {
        guard let call = try await calls.receive() else { preconditionFailure("the calls never end") }
        return call
    }

    /// How many calls wait to be taken.
    package var pendingCalls: Int { calls.count }

    package func send(_ request: HTTPRequest, over connection: ConnectionOptions) async throws -> HTTPResponse {
        let reply = try await reply(to: request, isStream: false)
        guard case .response(let status, let headers, let body) = reply else {
            preconditionFailure("a stream was opened for a unary call")
        }
        return HTTPResponse(status: status, headers: headers, body: body)
    }

    package func stream(_ request: HTTPRequest, over connection: ConnectionOptions) async throws -> HTTPStream {
        switch try await reply(to: request, isStream: true) {
        case .response(let status, let headers, let bytes):
            let body = ScriptedBody()
            if !bytes.isEmpty { body.send(bytes) }
            body.end()
            return HTTPStream(head: HTTPHead(status: status, headers: headers), body: HTTPBody(body))
        case .stream(let body):
            return HTTPStream(head: HTTPHead(status: 200), body: HTTPBody(body))
        }
    }

    private func reply(to request: HTTPRequest, isStream: Bool) async throws -> ScriptedCall.Reply {
        let call = ScriptedCall(request: request, isStream: isStream)
        if let answer { answer(call) } else { calls.send(call) }
        guard let reply = try await call.reply.receive() else { throw CancellationError() }
        return reply
    }
}

/// One call that waits for the test's answer.
package final class ScriptedCall: Sendable {
    enum Reply: Sendable {
        case response(status: Int, headers: HTTPHeaders, body: [UInt8])
        case stream(ScriptedBody)
    }

    package let request: HTTPRequest
    package let isStream: Bool
    let reply = Mailbox<Reply>()

    init(request: HTTPRequest, isStream: Bool) {
        self.request = request
        self.isStream = isStream
    }

    package var method: String { request.method }

    /// The path, as it was encoded.
    package var path: String {
        let rest = request.url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last ?? ""
        return "/" + (rest.split(separator: "?").first?.split(separator: "/").dropFirst() ?? []).joined(separator: "/")
    }

    /// The query, as it was encoded.
    package var query: [String: String] {
        guard let start = request.url.firstIndex(of: "?") else { return [:] }
        let items = request.url[request.url.index(after: start)...].split(separator: "&")
        return Dictionary(
            items.map { item in
                let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                return (parts[0], parts.count > 1 ? parts[1] : "")
            }
        ) { _, last in last }
    }

    package func header(_ name: String) -> String? {
        request.headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as JSON; `.null` if there is none.
    package func json() throws -> JSON {
        try request.body.map { try JSON.parse($0) } ?? .null
    }

    package func respond(_ body: JSON, status: Int = 200, headers: [(name: String, value: String)] = []) {
        respond(bytes: body.serialized(), status: status, headers: headers)
    }

    package func respond(bytes: [UInt8], status: Int, headers: [(name: String, value: String)] = []) {
        reply.send(.response(status: status, headers: HTTPHeaders(headers), body: bytes))
    }

    /// Answers with a Status, as an API server fails.
    package func refuse(_ status: Int, reason: String, message: String = "refused", details: JSON = [:]) {
        respond(Self.status(status, reason: reason, message: message, details: details), status: status)
    }

    package func fail(_ code: TransportError.Code) {
        reply.fail(TransportError(code, "scripted"))
    }

    /// Opens a stream.
    package func open() -> ScriptedBody {
        let body = ScriptedBody()
        reply.send(.stream(body))
        return body
    }

    package static func status(_ code: Int, reason: String, message: String, details: JSON = [:]) -> JSON {
        [
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": .int(Int64(code)),
            "reason": .string(reason), "message": .string(message), "details": details,
        ]
    }
}

/// The body of a stream, as the test sends it.
package final class ScriptedBody: HTTPBodySource {
    private let chunks = Mailbox<[UInt8]>()
    private let received = Mutex(0)
    private let closed = ShutdownSignal()

    package func send(_ bytes: [UInt8]) { chunks.send(bytes) }

    package func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends an event of a watch.
    package func send(_ type: String, _ object: JSON) {
        send((["type": .string(type), "object": object] as JSON).serialized() + [UInt8(ascii: "\n")])
    }

    package func end() { chunks.finish() }

    package func fail(_ code: TransportError.Code) { chunks.fail(TransportError(code, "scripted")) }

    /// Returns when the reader has given up or come to the end.
    package func waitUntilClosed() async { await closed.wait() }

    package func next() async throws -> [UInt8]? {
        do {
            let chunk = try await chunks.receive()
            if chunk == nil { closed.trigger() }
            received.withLock { $0 += chunk?.count ?? 0 }
            return chunk
        } catch {
            closed.trigger()
            throw error
        }
    }

    /// Whether somebody waits for the next bytes, and so has done with those before.
    package var isAwaited: Bool { chunks.hasReceivers }

    package var bytesReceived: Int { received.withLock { $0 } }

    deinit { closed.trigger() }
}

/// A cluster whose credentials count how often they were made anew.
package final class ScriptedEndpoint: ClusterEndpoint {
    package let server: String
    private let generation = Mutex(1)

    package init(server: String = "https://cluster.test") {
        self.server = server
    }

    package func connection() async throws -> ConnectionOptions { ConnectionOptions() }

    package func headers() async throws -> [(name: String, value: String)] {
        [("Authorization", "Bearer token-\(generation.withLock { $0 })")]
    }

    package func invalidateCredentials() async { generation.withLock { $0 += 1 } }
}

extension APIClient {
    /// A client of a scripted server, without a budget unless one is given.
    package static func scripted(
        _ http: ScriptedHTTPClient,
        access: any ClusterEndpoint = ScriptedEndpoint(),
        cluster: String = "test",
        budget: RequestBudget = RequestBudget(.unlimited),
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger = InMemoryLogSink().logger(),
        metrics: MetricsRegistry = MetricsRegistry()
    ) -> APIClient {
        APIClient(
            access: access,
            http: http,
            userAgent: "martlet/test",
            logger: logger,
            metrics: metrics,
            cluster: cluster,
            budget: budget,
            clock: clock
        )
    }
}

/// Passes values from one task to another, in order; several receivers are served in the order in which they came.
final class Mailbox<Element: Sendable>: Sendable {
    private typealias Receiver = CheckedContinuation<Element?, any Error>

    private struct State {
        var elements: [Element] = []
        var end: Result<Element?, any Error>?
        var receivers: [(id: UInt64, receiver: Receiver)] = []
        var cancelled: Set<UInt64> = []
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.elements.count } }
    var hasReceivers: Bool { state.withLock { !$0.receivers.isEmpty } }

    func send(_ element: Element) {
        let receiver = state.withLock { state -> Receiver? in
            guard !state.receivers.isEmpty else {
                state.elements.append(element)
                return nil
            }
            return state.receivers.removeFirst().receiver
        }
        receiver?.resume(returning: element)
    }

    func finish() { end(.success(nil)) }

    func fail(_ error: any Error) { end(.failure(error)) }

    /// The next value; nil after the last.
    func receive() async throws -> Element? {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { receiver in
                park(id, receiver)
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func park(_ id: UInt64, _ receiver: Receiver) {
        let result = state.withLock { state -> Result<Element?, any Error>? in
            if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
            if !state.elements.isEmpty { return .success(state.elements.removeFirst()) }
            if let end = state.end { return end }
            state.receivers.append((id, receiver))
            return nil
        }
        if let result { receiver.resume(with: result) }
    }

    private func cancel(_ id: UInt64) {
        let receiver = state.withLock { state -> Receiver? in
            guard let index = state.receivers.firstIndex(where: { $0.id == id }) else {
                state.cancelled.insert(id)
                return nil
            }
            return state.receivers.remove(at: index).receiver
        }
        receiver?.resume(throwing: CancellationError())
    }

    private func end(_ result: Result<Element?, any Error>) {
        let receivers = state.withLock { state in
            state.end = state.end ?? result
            defer { state.receivers.removeAll() }
            return state.receivers.map(\.receiver)
        }
        for receiver in receivers { receiver.resume(with: result) }
    }
}
