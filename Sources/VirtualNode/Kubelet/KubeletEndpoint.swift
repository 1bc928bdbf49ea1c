internal import KubeClient
internal import KubeModel
internal import Observability
internal import Providers
internal import Transport

/// Answers what a kubelet is asked, for one virtual node: about its pods by itself, about what goes on in them by passing
/// on what the remote answers.
struct KubeletEndpoint: Sendable {
    let nodeName: String
    let directory: PodDirectory
    let statistics: NodeStatistics
    let authenticator: KubeletAuthenticator
    let authorizer: KubeletAuthorizer
    let dialer: TunnelDialer
    let logger: Logger
    let metrics: MetricsRegistry
    var configuration = KubeletConfiguration()
    /// For commands that are run to their ends, whose output is held.
    var commands = Slots(KubeletHost.commandLimit)

    func answer(_ exchange: HTTPExchange) async {
        do {
            guard let user = try await user(of: exchange) else { return }
            let route = try Self.route(exchange.request)
            count(route.name)
            try await answer(route, exchange, user)
        } catch let failure as KubeletFailure {
            exchange.respond(failure)
        } catch is CancellationError {
            exchange.abort()
        } catch {
            logger.debug("A request failed", ["error": "\(error)"])
            exchange.respond(KubeletFailure(500, "the request failed: \(error)"))
        }
    }

    private static func route(_ request: HTTPServerRequest) throws -> KubeletRoute {
        do {
            return try KubeletRoute(method: request.method, target: request.target)
        } catch {
            throw KubeletFailure(error.rawValue, error == .notFound ? "404 page not found" : "405: Method Not Allowed")
        }
    }

    /// Who asks, if he may; everybody else has got his answer. Paths that lead nowhere are no exception: who may not ask
    /// is not told what there is.
    private func user(of exchange: HTTPExchange) async throws -> KubeletUser? {
        let user: KubeletUser?
        do {
            user = try await authenticator.user(of: exchange)
        } catch let error as APIError {
            logger.warning("Cannot find out who asks", ["error": "\(error)"])
            throw KubeletFailure(401, "Unauthorized")
        }
        guard let user else { throw KubeletFailure(401, "Unauthorized") }
        let access = KubeletAccess(method: exchange.request.method, target: exchange.request.target)
        let isAllowed: Bool
        let question =
            "user=\(user.name), verb=\(access.verb), resource=nodes, subresource(s)=[\(access.subresources.joined(separator: " "))]"
        do {
            isAllowed = try await authorizer.allows(user, access, node: nodeName)
        } catch let error as APIError {
            logger.warning("Cannot find out who may", ["error": "\(error)"])
            throw KubeletFailure(500, "Authorization error (\(question))")
        }
        guard isAllowed else { throw KubeletFailure(403, "Forbidden (\(question))") }
        return user
    }

    private func answer(_ route: KubeletRoute, _ exchange: HTTPExchange, _ user: KubeletUser) async throws {
        switch route {
        case .healthz: exchange.respond(text: "ok")
        case .pods: exchange.respond(json: try Self.list(directory.pods))
        case .runningPods: exchange.respond(json: try Self.list(directory.runningPods))
        case .metrics:
            let text = metrics.text(matchingAny: [["node": nodeName], ["cluster": nodeName]])
            exchange.respond(text: text, type: MetricsRegistry.contentType)
        case .configz: exchange.respond(json: configuration.json(maxPods: directory.podLimit))
        case .summary(let detail):
            // Nobody looks at a body; with it unread the connection would end.
            _ = try await exchange.body(limit: 64 << 10)
            exchange.respond(json: try await statistics.summary(detail))
        case .page(let page): try await exchange.respond(pieces: statistics.page(page))
        case .logs(let target): try await log(target, exchange)
        case .stream(let kind, let target): try await stream(kind, target, exchange, user)
        case .run(let target): try await run(target, exchange, user)
        case .explanation(let target): exchange.respond(json: try await directory.explanation(of: target))
        }
    }

    private static func list(_ pods: [Pod]) throws -> JSON {
        let items = try pods.sorted { $0.key.description < $1.key.description }.map { try $0.json() }
        return ["kind": "PodList", "apiVersion": "v1", "metadata": [:], "items": .array(items)]
    }

    private func count(_ route: String) {
        metrics.counter(
            "martlet_kubelet_requests_total",
            help: "Requests to the node's kubelet endpoint from users who may make them.",
            labels: ["node": nodeName, "route": route]
        ).increment()
    }
}

// MARK: - Answers

extension HTTPExchange {
    func respond(text: String, type: String = "text/plain; charset=utf-8") {
        respond(status: 200, headers: [("Content-Type", type)], body: Array(text.utf8))
    }

    /// Metrics, piece by piece, no faster than they are read.
    func respond(pieces: [[UInt8]]) async throws {
        try await begin(status: 200, headers: [("Content-Type", MetricsRegistry.contentType)])
        for piece in pieces { try await write(piece) }
        end()
    }

    func respond(json: JSON) { respond(json: json.serialized()) }

    /// What a kubelet calls JSON, whatever it is.
    func respond(json bytes: [UInt8]) {
        respond(status: 200, headers: [("Content-Type", "application/json")], body: bytes)
    }

    /// A failure as a kubelet words it: plain text.
    func respond(_ failure: KubeletFailure) {
        guard !hasAnswer else { return abort() }
        let headers = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
        respond(
            status: failure.status,
            headers: headers,
            body: Array((failure.message + "\n").utf8),
            // Who is not known starts anew, with TLS and within the bound for new connections.
            closing: failure.status == 401 || failure.status == 429
        )
    }
}
