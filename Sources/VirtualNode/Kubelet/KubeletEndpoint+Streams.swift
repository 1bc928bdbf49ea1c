internal import KubeModel
internal import Observability
internal import Providers
internal import Transport

extension KubeletEndpoint {
    /// The log of a container, as the remote sends it.
    func log(_ target: KubeletRoute.Target, _ exchange: HTTPExchange) async throws {
        let (_, instance, streams) = try directory.find(target)
        let stream = StreamTranslation.log(exchange.request, container: target.container ?? "")
        _ = try await pass(stream, of: instance, streams, exchange, accepting: [200])
    }

    /// exec, attach and port-forward: what the client wants the connection to be used for is the remote's to grant.
    func stream(
        _ kind: KubeletRoute.StreamKind,
        _ target: KubeletRoute.Target,
        _ exchange: HTTPExchange,
        _ user: KubeletUser
    ) async throws {
        let (pod, instance, streams) = try directory.find(target)
        guard exchange.request.upgrade != nil else { throw KubeletFailure(400, "Upgrade request required") }
        let fields = Self.auditFields(kind, pod, target, exchange, user)
        logger.info("Stream opened", fields)
        var ending = "refused"
        defer { logger.info("Stream closed", fields.merging(["ending": ending]) { $1 }) }
        let stream = StreamTranslation.stream(kind, exchange.request, container: target.container)
        let report = try await pass(stream, of: instance, streams, exchange, accepting: [101])
        ending = report.ending.rawValue
    }

    /// Who does what, for those who must know later. The command is the user's own word and cut at some length.
    private static func auditFields(
        _ kind: KubeletRoute.StreamKind,
        _ pod: Pod,
        _ target: KubeletRoute.Target,
        _ exchange: HTTPExchange,
        _ user: KubeletUser
    ) -> [String: String] {
        var fields = [
            "stream": kind.rawValue, "user": user.name, "peer": exchange.peer, "pod": pod.key.description,
            "pod.uid": pod.uid,
        ]
        fields["container"] = target.container
        let command = exchange.request.target.query.filter { $0.name == "command" }.map(\.value)
        if !command.isEmpty { fields["command"] = String(command.joined(separator: " ").prefix(1024)) }
        return fields
    }

    /// Asks the remote and relays what comes.
    ///
    /// - Returns: what went through.
    /// - Throws: ``KubeletFailure`` if the remote refused, or could not be asked; `CancellationError`.
    private func pass(
        _ stream: PodStream,
        of instance: PodInstance,
        _ streams: any PodStreams,
        _ exchange: HTTPExchange,
        accepting accepted: Set<Int>
    ) async throws -> TunnelReport {
        var response = HTTPResponse(status: 401)
        // Credentials may have run out since the last call: once more with fresh ones.
        for _ in 0..<2 where response.status == 401 {
            switch try await open(stream, of: instance, streams, exchange, accepted) {
            case .relayed(let report): return report
            case .refused(let answer): response = answer
            }
            if response.status == 401 { await streams.credentialsWereRefused() }
        }
        throw Self.failure(of: response)
    }

    private func open(
        _ stream: PodStream,
        of instance: PodInstance,
        _ streams: any PodStreams,
        _ exchange: HTTPExchange,
        _ accepted: Set<Int>
    ) async throws -> TunnelOutcome {
        do {
            let (request, connection) = try await streams.request(stream, of: instance)
            return try await dialer.tunnel(exchange, to: request, over: connection, accepting: accepted)
        } catch let error as TransportError {
            logger.debug("A stream could not be opened", ["error": "\(error)"])
            throw KubeletFailure(502, "the cluster of node \(nodeName) can't be reached: \(error.message)")
        } catch let error as ProviderError {
            throw KubeletFailure(502, error.message)
        }
    }

    /// A remote's refusal in a kubelet's form: the words of its Status alone. That it does not let us in is no word on
    /// the user.
    private static func failure(of response: HTTPResponse) -> KubeletFailure {
        let text = String(decoding: response.body, as: UTF8.self)
        let status = (try? JSON.parse(response.body)).flatMap(APIStatus.init(json:))
        let message = status?.message ?? text
        switch response.status {
        case 401, 403: return KubeletFailure(502, "the cluster refuses the stream: \(message)")
        case 400...599: return KubeletFailure(response.status, message)
        case let code: return KubeletFailure(502, "the cluster answers \(code): \(message)")
        }
    }
}
