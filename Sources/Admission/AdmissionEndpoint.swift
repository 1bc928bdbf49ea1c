internal import KubeModel
internal import Lifecycle
package import Observability
internal import Transport

/// Answers what API servers ask about pods that are being made. What it says follows from the question alone: it asks
/// nobody and keeps nothing.
package struct AdmissionEndpoint: Sendable {
    /// The longest review: API servers take no longer request, and keep objects of half of that (etcd's limit).
    static let bodyLimit = 3 << 20
    /// For a review to come whole; API servers wait no longer for its answer (docs/webhook/webhook.yaml).
    static let bodyTime = Duration.seconds(5)

    private let rules: [String: any AdmissionRule]
    private let believesOnlyCertificates: Bool
    private let logger: Logger
    private let metrics: AdmissionMetrics
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> ContinuousClock.Instant
    /// For the reviews that are read or judged at a time.
    private let budget: ByteBudget

    /// - Parameters:
    ///   - clusterAnnotations: the annotations by which pods name their cluster.
    ///   - tolerations: the keys of the taints that pods are to tolerate; for none nobody may ask.
    ///   - believesOnlyCertificates: whether clients need a certificate that the server believes.
    ///   - budget: how many bytes of reviews are read or judged at a time.
    ///   - now: for how long requests take.
    package init(
        clusterAnnotations: [String],
        tolerations: [String],
        believesOnlyCertificates: Bool,
        logger: Logger,
        metrics: MetricsRegistry,
        clock: any Clock<Duration> = ContinuousClock(),
        budget: Int = 32 << 20,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        var rules: [String: any AdmissionRule] = ["/pods": PlacementRule(annotations: clusterAnnotations)]
        if !tolerations.isEmpty { rules["/tolerations"] = TolerationRule(keys: tolerations) }
        self.rules = rules
        self.believesOnlyCertificates = believesOnlyCertificates
        self.logger = logger
        self.metrics = AdmissionMetrics(metrics, rules: rules.keys.sorted().map(Self.ruleName))
        self.clock = clock
        self.now = now
        self.budget = ByteBudget(budget)
    }

    /// What a request is answered with.
    struct Answer: Equatable {
        let status: Int
        let contentType: String
        let body: [UInt8]

        fileprivate init(_ status: Int, text: String) {
            self.status = status
            contentType = "text/plain; charset=utf-8"
            body = Array((text + "\n").utf8)
        }

        fileprivate init(json: JSON) {
            status = 200
            contentType = "application/json"
            body = json.serialized()
        }
    }

    func answer(_ exchange: HTTPExchange) async {
        let (request, isKnown) = (exchange.request, exchange.certificate != nil)
        let length = request.headers.first("Content-Length").flatMap { Int($0) }
        do {
            let answer = try await answer(request.method, request.target.path, isKnown: isKnown, length: length) {
                try await exchange.body(limit: Self.bodyLimit)
            }
            exchange.respond(
                status: answer.status,
                headers: [("Content-Type", answer.contentType), ("X-Content-Type-Options", "nosniff")],
                body: answer.body,
                // What was refused was perhaps not read.
                closing: answer.status != 200
            )
        } catch {
            logger.debug("A request did not come whole", ["error": "\(error)"])
            exchange.abort()
        }
    }

    /// - Parameters:
    ///   - isKnown: whether the client has shown a certificate that is believed.
    ///   - length: that of the body, which is no longer; nil if the request does not tell.
    ///   - body: reads the request's body; not called for a request that is refused without it.
    /// - Throws: what reading throws, but for a body that is too long; `TimeoutError`.
    func answer(
        _ method: String,
        _ path: String,
        isKnown: Bool,
        length: Int? = nil,
        body: @escaping @Sendable () async throws -> [UInt8]
    ) async throws -> Answer {
        if path == "/healthz" {
            guard ["GET", "HEAD"].contains(method) else { return Answer(405, text: Self.otherMethod) }
            return Answer(200, text: "ok")
        }
        let (name, start) = (rules[path] == nil ? AdmissionMetrics.noRule : Self.ruleName(path), now())
        var outcome = AdmissionMetrics.Outcome.unanswered
        defer { metrics.note(name, outcome, took: start.duration(to: now())) }
        do {
            guard isKnown || !believesOnlyCertificates else {
                throw AdmissionFailure(401, "a client certificate of the authority that is configured is required")
            }
            guard let rule = rules[path] else { throw AdmissionFailure(404, "404 page not found") }
            guard method == "POST" else { throw AdmissionFailure(405, Self.otherMethod) }
            let share = min(length ?? Self.bodyLimit, Self.bodyLimit)
            guard budget.take(share) else { throw AdmissionFailure(503, "too many reviews at a time") }
            defer { budget.giveBack(share) }
            let request = try AdmissionRequest(try await withTimeout(Self.bodyTime, clock: clock, body))
            let verdict = verdict(on: request, by: rule)
            outcome = AdmissionMetrics.Outcome(verdict)
            return Answer(json: request.answer(verdict))
        } catch let failure as AdmissionFailure {
            outcome = .refused
            return Answer(failure.status, text: failure.message)
        } catch let error as TransportError where error.code == .tooLarge {
            outcome = .refused
            return Answer(413, text: error.message)
        }
    }

    private static let otherMethod = "405 method not allowed"

    /// What a rule is called, by the path at which it is asked for.
    private static func ruleName(_ path: String) -> String { String(path.dropFirst()) }

    private func verdict(on request: AdmissionRequest, by rule: any AdmissionRule) -> AdmissionVerdict {
        guard let pod = request.pod, !Bystander.contains(pod) else { return .unchanged }
        let verdict = rule.verdict(on: pod)
        switch verdict {
        case .allowed(let patch):
            logger.debug("Pod allowed", Self.fields(request, pod).merging(["changes": "\(patch.count)"]) { $1 })
        case .denied(let message):
            logger.info("Pod denied", Self.fields(request, pod).merging(["reason": message]) { $1 })
        }
        return verdict
    }

    /// Who wants which pod. A name that the API server is still to make has its beginning only.
    private static func fields(_ request: AdmissionRequest, _ pod: JSON) -> [String: String] {
        let metadata = pod["metadata"]
        let name = metadata?["name"]?.string ?? metadata?["generateName"]?.string.map { "\($0)…" } ?? ""
        return [
            "namespace": cut(request.namespace, 63), "pod": cut(name, 253), "user": cut(request.user, 253),
        ]
    }
}
