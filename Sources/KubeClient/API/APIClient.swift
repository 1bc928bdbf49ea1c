import KubeModel
package import Observability
package import Transport

/// Calls the API server of one cluster. All calls throw `APIError`, or `CancellationError` when cancelled.
///
/// A call waits for the cluster's request budget, carries fresh credentials, and is sent again once with newer ones if
/// the server refuses them. Nothing else is retried: that is for the caller, who knows whether the call still matters.
package final class APIClient: Sendable {
    /// How long calls may take.
    package struct Timeouts: Sendable, Hashable {
        package var connect: Duration
        /// From the start of a call to the end of its answer.
        package var call: Duration
        /// The same for lists, which may be long and come over slow lines.
        package var list: Duration

        package init(
            connect: Duration = .seconds(10),
            call: Duration = .seconds(30),
            list: Duration = .seconds(120)
        ) {
            self.connect = connect
            self.call = call
            self.list = list
        }
    }

    /// The cluster's name in metrics and logs.
    package let cluster: String
    let timeouts: Timeouts
    let metrics: APIMetrics
    let elapsed: @Sendable () -> Duration
    /// What the server has sent so far, in answers and watches.
    package let received = ByteActivity()
    private let access: any ClusterEndpoint
    private let http: any HTTPClient
    private let userAgent: String
    private let logger: Logger
    private let budget: RequestBudget

    /// - Parameters:
    ///   - access: where the server is, and the credentials.
    ///   - userAgent: `martlet/<version>`.
    ///   - cluster: the label of the metrics.
    ///   - budget: shared by all calls of this client, and with other clients of the same cluster if they are given it.
    package init(
        access: any ClusterEndpoint,
        http: any HTTPClient,
        userAgent: String,
        logger: Logger,
        metrics: MetricsRegistry,
        cluster: String,
        budget: RequestBudget = RequestBudget(),
        timeouts: Timeouts = Timeouts(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.access = access
        self.http = http
        self.userAgent = userAgent
        self.logger = logger.with(["cluster": cluster])
        self.metrics = APIMetrics(registry: metrics, cluster: cluster)
        self.cluster = cluster
        self.budget = budget
        self.timeouts = timeouts
        elapsed = Stopwatch.start(clock)
    }
}

// MARK: - Sending

extension APIClient {
    /// The object that the server answers with.
    func object(_ call: APICall) async throws -> JSON {
        try Self.object(in: try await response(call))
    }

    /// The object in an answer.
    static func object(
        in response: HTTPResponse,
        options: JSON.ParseOptions = .dropManagedFields
    ) throws(APIError) -> JSON {
        guard response.status < 400 else {
            throw APIError(status: response.status, headers: response.headers, body: response.body)
        }
        do {
            return try JSON.parse(response.body, options: options)
        } catch {
            throw APIError(.decoding, status: response.status, message: "the answer is \(error)")
        }
    }

    /// The answer, of whatever status.
    func response(_ call: APICall) async throws -> HTTPResponse {
        var call = call
        call.timeout = call.timeout ?? (call.verb == .list ? timeouts.list : timeouts.call)
        return try await withFreshCredentials(call, status: \.status) { request, connection in
            let started = elapsed()
            let response = try await counted(call, since: started) { try await http.send(request, over: connection) }
            metrics.count(
                call,
                code: "\(response.status)",
                sent: response.traffic.sent,
                received: response.traffic.received,
                took: elapsed() - started
            )
            received.note(response.traffic.received)
            if response.status == 429 { pause(headers: response.headers) }
            return response
        }
    }

    /// The answer as it comes, of whatever status, once its head is there.
    func stream(_ call: APICall) async throws -> HTTPStream {
        try await withFreshCredentials(call, status: \.head.status) { request, connection in
            let started = elapsed()
            let stream = try await counted(call, since: started) { try await http.stream(request, over: connection) }
            metrics.count(
                call,
                code: "\(stream.head.status)",
                sent: call.body?.count ?? 0,
                received: 0,
                took: elapsed() - started
            )
            if stream.head.status == 429 { pause(headers: stream.head.headers) }
            return stream
        }
    }

    /// Sends once, and once more with fresh credentials if the server answers 401.
    private func withFreshCredentials<Answer>(
        _ call: APICall,
        status: (Answer) -> Int,
        send: (HTTPRequest, ConnectionOptions) async throws -> Answer
    ) async throws -> Answer {
        let (request, connection) = try await prepare(call)
        let answer = try await send(request, connection)
        guard status(answer) == 401 else { return answer }
        logger.debug("Credentials refused, asking for fresh ones", ["resource": call.resource])
        await access.invalidateCredentials()
        let (retry, retryConnection) = try await prepare(call)
        return try await send(retry, retryConnection)
    }

    func prepare(_ call: APICall) async throws -> (HTTPRequest, ConnectionOptions) {
        try await budget.acquire()
        do {
            let connection = try await access.connection()
            return (request(call, credentials: try await access.headers()), connection)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw APIError(.credentials, message: "no credentials for \(access.server): \(error)")
        }
    }

    func invalidateCredentials() async {
        await access.invalidateCredentials()
    }

    private func request(_ call: APICall, credentials: [(name: String, value: String)]) -> HTTPRequest {
        var headers = [(name: "Accept", value: "application/json"), (name: "User-Agent", value: userAgent)]
        if call.body != nil { headers.append((name: "Content-Type", value: call.contentType)) }
        return HTTPRequest(
            method: call.method,
            url: access.server + call.target,
            headers: headers + credentials,
            body: call.body,
            timeout: call.timeout,
            connectTimeout: timeouts.connect,
            maxBodyBytes: call.maxBodyBytes
        )
    }

    /// Translates and counts the failures of the way to the server.
    private func counted<Answer>(
        _ call: APICall,
        since started: Duration,
        _ send: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await send()
        } catch let error as TransportError {
            if error.code == .cancelled { throw CancellationError() }
            let failure = APIError(error)
            metrics.count(call, code: "\(failure.code)", sent: 0, received: 0, took: elapsed() - started)
            throw failure
        }
    }

    private func pause(headers: HTTPHeaders) {
        guard let seconds = headers.first("Retry-After").flatMap({ Int($0) }), seconds > 0 else { return }
        budget.pause(.seconds(min(seconds, 86_400)))
    }
}
