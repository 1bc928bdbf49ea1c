import KubeClient
import KubeModel
import Lifecycle
import Observability
import Synchronization
import TestSupport
import Transport

/// An origin whose answers the test gives, and which remembers what it was asked. Its watches are silent, as over a line
/// that is cut.
final class ScriptedOrigin: HTTPClient, ClusterEndpoint {
    struct Call: Sendable, Equatable {
        let method: String
        let path: String
        let contentType: String
        let body: JSON

        var line: String { "\(method) \(path)" }
    }

    typealias Answer = (status: Int, body: JSON)

    let calls: AsyncStream<Call>
    private let input: AsyncStream<Call>.Continuation
    private let log = Mutex<[Call]>([])
    private let answer: @Sendable (Call) -> Answer

    init(_ answer: @escaping @Sendable (Call) -> Answer) {
        (calls, input) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
        self.answer = answer
    }

    /// Everything that was asked so far.
    var asked: [Call] { log.withLock { $0 } }

    func client() -> APIClient {
        APIClient(
            access: self,
            http: self,
            userAgent: "test",
            logger: InMemoryLogSink().logger(),
            metrics: MetricsRegistry(),
            cluster: "origin"
        )
    }

    /// A Status as API servers send it.
    static func failure(_ code: Int, _ reason: String) -> Answer {
        (code, ["kind": "Status", "status": "Failure", "reason": .string(reason), "code": .int(Int64(code))])
    }

    func send(_ request: HTTPRequest, over connection: ConnectionOptions) async throws -> HTTPResponse {
        let call = Call(
            method: request.method,
            path: String(request.url.dropFirst(server.count)),
            contentType: request.headers.first { $0.name == "Content-Type" }?.value ?? "",
            body: try request.body.map { try JSON.parse($0) } ?? .null
        )
        log.withLock { $0.append(call) }
        let (status, body) = answer(call)
        input.yield(call)
        return HTTPResponse(status: status, body: body.serialized())
    }

    func stream(_ request: HTTPRequest, over connection: ConnectionOptions) async throws -> HTTPStream {
        await ShutdownSignal().wait()
        throw TransportError(.cancelled, "the watch was given up")
    }

    // MARK: - ClusterEndpoint

    let server = "https://origin"

    func connection() async throws -> ConnectionOptions { ConnectionOptions() }

    func headers() async throws -> [(name: String, value: String)] { [] }

    func invalidateCredentials() async {}
}
