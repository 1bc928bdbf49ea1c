internal import KubeModel
internal import Observability
internal import Providers
internal import Transport

extension KubeletEndpoint {
    /// The log of a container, as the remote sends it.
    func log(_ target: KubeletRoute.Target, _ exchange: HTTPExchange) async throws {
        let place = try directory.find(target)
        let stream = StreamTranslation.log(exchange.request, container: target.container ?? "")
        _ = try await relay(stream, of: place, exchange, accepting: 200, mayBeSilent: true)
    }

    /// exec, attach and port-forward: what the client wants the connection to be used for is the remote's to grant.
    func stream(
        _ kind: KubeletRoute.StreamKind,
        _ target: KubeletRoute.Target,
        _ exchange: HTTPExchange,
        _ user: KubeletUser
    ) async throws {
        let place = try directory.find(target)
        guard exchange.request.upgrade != nil else { throw KubeletFailure(400, "Upgrade request required") }
        let stream = StreamTranslation.stream(kind, exchange.request, container: target.container)
        try await audited(kind.rawValue, stream, place.pod, exchange, user) {
            try await relay(stream, of: place, exchange, accepting: 101).ending.rawValue
        }
    }

    /// The longest output of a command that is run, in bytes: as long as a container runtime's answer to a kubelet.
    private static let longestOutput = 16 << 20

    /// Runs a command to its end and answers with all that it said (kubernetes, `pkg/kubelet/server`, `getRun`).
    func run(_ target: KubeletRoute.Target, _ exchange: HTTPExchange, _ user: KubeletUser) async throws {
        let place = try directory.find(target)
        let stream = StreamTranslation.run(exchange.request, container: target.container ?? "")
        try await audited("run", stream, place.pod, exchange, user) {
            guard commands.take() else {
                throw KubeletFailure(
                    429,
                    "too many commands are being run: at most \(KubeletHost.commandLimit) at a time"
                )
            }
            defer { commands.giveBack() }
            let outcome = try await outcome(of: stream, place) { request, connection in
                let limit = Self.longestOutput + 1
                return .refused(try await dialer.answer(for: exchange, to: request, over: connection, limit: limit))
            }
            guard case .refused(let answer) = outcome, answer.status == 101 else {
                throw Self.failure(of: outcome, place.pod)
            }
            exchange.respond(json: try Self.output(of: answer))
            return "ended"
        }
    }

    private static func output(of answer: HTTPResponse) throws -> [UInt8] {
        guard answer.headers.first("Sec-WebSocket-Protocol") == CommandOutput.streamProtocol else {
            throw KubeletFailure(502, "the cluster does not speak \(CommandOutput.streamProtocol)")
        }
        guard answer.body.count <= longestOutput else {
            throw KubeletFailure(500, "the command's output is longer than \(longestOutput) bytes")
        }
        let output: CommandOutput
        do {
            output = try CommandOutput(answer.body)
        } catch {
            throw KubeletFailure(500, "the stream ended before the command did")
        }
        if let failure = output.failure { throw KubeletFailure(500, failure) }
        return output.bytes
    }

    /// Asks the remote and relays what comes.
    ///
    /// - Returns: what went through.
    /// - Throws: ``KubeletFailure`` if the remote refused, or could not be asked; `CancellationError`.
    private func relay(
        _ stream: PodStream,
        of place: PodDirectory.Place,
        _ exchange: HTTPExchange,
        accepting status: Int,
        mayBeSilent: Bool = false
    ) async throws -> TunnelReport {
        let outcome = try await outcome(of: stream, place) { request, connection in
            try await dialer.tunnel(
                exchange,
                to: request,
                over: connection,
                accepting: [status],
                mayBeSilent: mayBeSilent
            )
        }
        guard case .relayed(let report) = outcome else { throw Self.failure(of: outcome, place.pod) }
        return report
    }

    private typealias Question = (HTTPRequest, ConnectionOptions) async throws -> TunnelOutcome

    /// What comes of a question to the remote. Credentials may have run out since the last one: then it is put once
    /// more with fresh ones.
    private func outcome(
        of stream: PodStream,
        _ place: PodDirectory.Place,
        _ ask: Question
    ) async throws -> TunnelOutcome {
        let first = try await attempt(stream, place, ask)
        guard case .refused(let answer) = first, answer.status == 401 else { return first }
        await place.streams.credentialsWereRefused()
        return try await attempt(stream, place, ask)
    }

    private func attempt(
        _ stream: PodStream,
        _ place: PodDirectory.Place,
        _ ask: Question
    ) async throws -> TunnelOutcome {
        do {
            let (request, connection) = try await place.streams.request(stream, of: place.instance)
            return try await ask(request, connection)
        } catch let error as TransportError {
            logger.debug("A stream could not be opened", ["error": "\(error)"])
            throw KubeletFailure(502, "the cluster of node \(nodeName) can't be reached: \(error.message)")
        } catch let error as ProviderError {
            throw KubeletFailure(502, error.message)
        }
    }

    /// A remote's refusal in a kubelet's form: the words of its Status alone. That it does not let us in is no word on
    /// the user, who knows the pod by its name in the origin and not by that in the remote's words.
    private static func failure(of outcome: TunnelOutcome, _ pod: Pod) -> KubeletFailure {
        guard case .refused(let response) = outcome else { return KubeletFailure(500, "the answer has been given") }
        let text = String(decoding: response.body, as: UTF8.self)
        let status = APIStatus(response.body)
        let message = status?.message ?? text
        switch response.status {
        case 401, 403: return KubeletFailure(502, "the cluster refuses a stream of pod \(pod.key): \(message)")
        case 400...599: return KubeletFailure(response.status, message)
        case let code: return KubeletFailure(502, "the cluster answers \(code) for pod \(pod.key): \(message)")
        }
    }
}

// MARK: - Audit

extension KubeletEndpoint {
    /// The longest word of a user's that the log has in full, in characters.
    private static let auditLimit = 1024

    /// What a user said, under a name. What is too long is cut, which a mark, its length in bytes and the SHA-256 of all of
    /// it tell: enough to know it again.
    static func auditFields(_ name: String, _ words: String) -> [String: String] {
        guard !words.isEmpty else { return [:] }
        guard words.count > auditLimit else { return [name: words] }
        let digest = Digest.sha256(Array(words.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return [
            name: "\(words.prefix(auditLimit))… (cut)", "\(name).length": "\(words.utf8.count)",
            "\(name).sha256": digest,
        ]
    }

    /// Has the log tell who does what, and how it ended, for those who must know later.
    ///
    /// - Parameter body: returns the ending; what it throws is none of the stream's.
    private func audited(
        _ kind: String,
        _ stream: PodStream,
        _ pod: Pod,
        _ exchange: HTTPExchange,
        _ user: KubeletUser,
        _ body: () async throws -> String
    ) async throws {
        var fields = [
            "stream": kind, "user": user.name, "peer": exchange.address, "pod": pod.key.description,
            "pod.uid": pod.uid,
        ]
        for name in ["container", "command", "ports"] {
            let words = stream.query.filter { $0.name == name }.map(\.value).joined(separator: " ")
            fields.merge(Self.auditFields(name, words)) { $1 }
        }
        logger.info("Stream opened", fields)
        var ending = "refused"
        defer { logger.info("Stream closed", fields.merging(["ending": ending]) { $1 }) }
        ending = try await body()
    }
}
