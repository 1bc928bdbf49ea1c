import KubeClient
import KubeModel
import Lifecycle
import Transport

/// Asks the kubelets of a remote, through its API server, about the delegates on their nodes: each that runs some once,
/// several at a time, all within one bound of time.
struct RemoteKubelets: Sendable {
    let client: APIClient
    /// The most that is kept of an answer, in bytes, over all nodes.
    var limit = 64 << 20

    /// A scraper waits ten seconds for all of an answer (metrics-server's `--kubelet-request-timeout`).
    static let bound = Duration.seconds(7)
    /// Kubelets that are asked at the same time.
    static let width = 8
    /// The longest line of metrics that is read.
    private static let lineLimit = 64 << 10

    /// Why a kubelet did not answer.
    enum Refusal: Error {
        /// We may not ask.
        case forbidden(String)
        /// It has no such page.
        case absent(String)
        case failed(String)
    }

    /// What the nodes said together; a node that failed is a gap.
    ///
    /// - Throws: ``Refusal`` `.forbidden` once one node says so, otherwise only if none answered.
    func page(
        _ page: MetricsPage,
        on nodes: [String: UsageSubjects],
        _ voice: CounterVoice = CounterVoice()
    ) async throws -> UsagePage {
        let kept = KeptBytes(limit: limit)
        let (parts, gaps) = try await ask(nodes) { node, subjects in
            try await self.page(page, node, ExpositionFilter(page, of: subjects, voice), kept)
        }
        var whole = UsagePage(gaps: gaps)
        for part in parts {
            whole.exposition.merge(part.exposition)
            whole.readings += part.readings
            whole.gaps += part.gaps
        }
        return whole
    }

    /// As ``page(_:on:)``.
    func summary(
        _ detail: SummaryDetail,
        on nodes: [String: UsageSubjects],
        _ voice: CounterVoice = CounterVoice()
    ) async throws -> UsageSummary {
        let kept = KeptBytes(limit: limit)
        let (parts, gaps) = try await ask(nodes) { node, subjects in
            let summary = KubeletSummary.pods(in: try await self.summary(detail, node), of: subjects, voice)
            guard kept.add(summary.pods.reduce(0) { $0 + $1.count }) else { throw Refusal.tooLong(node) }
            return summary
        }
        var whole = UsageSummary(gaps: gaps)
        for part in parts {
            whole.pods += part.pods
            whole.readings += part.readings
        }
        return whole
    }
}

// MARK: - All nodes

extension RemoteKubelets {
    private func ask<Part: Sendable>(
        _ nodes: [String: UsageSubjects],
        _ body: @escaping @Sendable (String, UsageSubjects) async throws -> Part
    ) async throws -> (parts: [Part], gaps: [String]) {
        let end = ContinuousClock.now + Self.bound
        var waiting = nodes.sorted { $0.key < $1.key }[...]
        var parts: [Part] = []
        var refusals: [Refusal] = []
        try await withThrowingTaskGroup(of: Result<Part, Refusal>.self) { group in
            func addNext() {
                guard let (node, subjects) = waiting.popFirst() else { return }
                group.addTask { try await Self.bounded(node, until: end) { try await body(node, subjects) } }
            }
            for _ in 0..<Self.width { addNext() }
            for try await result in group {
                switch result {
                case .success(let part): parts.append(part)
                case .failure(.forbidden(let message)): throw Refusal.forbidden(message)
                case .failure(let refusal): refusals.append(refusal)
                }
                addNext()
            }
        }
        if let first = refusals.first, parts.isEmpty { throw first }
        return (parts, refusals.map(\.message))
    }

    private static func bounded<Part: Sendable>(
        _ node: String,
        until end: ContinuousClock.Instant,
        _ body: @escaping @Sendable () async throws -> Part
    ) async throws -> Result<Part, Refusal> {
        do {
            return .success(try await withTimeout(max(.zero, end - .now), body))
        } catch let refusal as Refusal {
            return .failure(refusal)
        } catch let error as APIError {
            return .failure(error.code == .forbidden ? .forbidden(error.message) : .failed("\(node): \(error)"))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return .failure(.failed("\(node): \(error)"))
        }
    }
}

// MARK: - One node

extension RemoteKubelets {
    private func page(
        _ page: MetricsPage,
        _ node: String,
        _ empty: ExpositionFilter,
        _ kept: KeptBytes
    ) async throws -> UsagePage {
        let stream = try await client.rawStream(path: Self.path(node, "metrics/\(page.rawValue)"))
        var words: [UInt8] = []
        var lines = LineSplitter(limit: Self.lineLimit)
        var filter = empty
        let isAnswer = stream.head.status == 200
        for try await chunk in stream.body {
            guard isAnswer else {
                words += chunk.prefix(1024 - min(words.count, 1024))
                continue
            }
            lines.append(chunk)
            let before = filter.byteCount
            while let line = try lines.next() { filter.take(line) }
            guard kept.add(filter.byteCount - before) else { throw Refusal.tooLong(node) }
        }
        try Self.expect(stream.head.status, words, of: node)
        var result = filter.result
        result.gaps = result.gaps.map { "\(node): \($0)" }
        return result
    }

    private func summary(_ detail: SummaryDetail, _ node: String) async throws -> JSON {
        let query = detail == .full ? [] : [(name: "only_cpu_and_memory", value: "true")]
        let response = try await client.raw(
            path: Self.path(node, "stats/summary"),
            query: query,
            timeout: Self.bound,
            maxBodyBytes: limit
        )
        try Self.expect(response.status, response.body, of: node)
        return try JSON.parse(response.body)
    }

    private static func path(_ node: String, _ path: String) -> String {
        Resource.nodes.path(name: node, subresource: "proxy/\(path)")
    }

    private static func expect(_ status: Int, _ body: [UInt8], of node: String) throws(Refusal) {
        guard status != 200 else { return }
        let text = String(decoding: body.prefix(1024), as: UTF8.self)
        // No Status is what a kubelet itself says.
        let message = APIStatus(body)?.message ?? text
        switch status {
        case 403: throw .forbidden(message)
        case 404: throw .absent("\(node): \(message)")
        default: throw .failed("\(node) answers \(status): \(message)")
        }
    }
}

extension RemoteKubelets.Refusal {
    fileprivate static func tooLong(_ node: String) -> Self { .failed("\(node): the answer is too long") }

    var message: String {
        switch self {
        case .forbidden(let message), .absent(let message), .failed(let message): message
        }
    }
}
