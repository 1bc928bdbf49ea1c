import KubeModel
import Lifecycle
import Synchronization
import Transport

/// Stands in for the API server of a remote of one node and no pods, over HTTPS. A hundred real ones do not fit a machine,
/// and none can be made to misbehave as some of these do.
///
/// It answers what martlet asks of a remote in which nothing runs: version, discovery, lists and watches. Whatever would
/// change something is not found, but for pods where it takes them: each is Running at once, for as long as it lasts.
final class StandInServer: Sendable {
    private struct State {
        var manner: Manner
        /// Triggered when the manner is no longer this one.
        var isOver = ShutdownSignal()
        /// Of the last change that was told.
        var version = 1000
        var counts = StandInCounts()
        /// Those that it took, by their paths.
        var pods: [[String]: JSON] = [:]
    }

    let name: String
    private let takesPods: Bool
    private let state: Mutex<State>
    /// How often a watch in which nothing happens sends a bookmark, as API servers do.
    private static let bookmarkPeriod = Duration.seconds(60)
    /// Strangers' pods are told of in so many lots a second.
    private static let lotsPerSecond = 20

    init(name: String, manner: Manner, takesPods: Bool = false) {
        self.name = name
        self.takesPods = takesPods
        state = Mutex(State(manner: manner))
    }

    var counts: StandInCounts { state.withLock { $0.counts } }

    /// Behaves in another way from now on. Watches under way end, as an API server ends each of them now and then, and
    /// answers that are held back are given.
    func behave(_ manner: Manner) {
        let over = state.withLock { state -> ShutdownSignal? in
            guard state.manner != manner else { return nil }
            defer { (state.manner, state.isOver) = (manner, ShutdownSignal()) }
            return state.isOver
        }
        over?.trigger()
    }

    func answer(_ exchange: HTTPExchange) async {
        let (manner, isOver) = state.withLock { ($0.manner, $0.isOver) }
        do {
            if case .stuck(let time) = manner {
                // Now, for who asks may not wait so long.
                state.withLock { $0.counts.lateAnswers += 1 }
                try await Self.unless(isOver) { try await Task.sleep(for: time) }
            }
            let target = exchange.request.target
            guard exchange.request.method == "GET" else { return try await take(exchange) }
            if target.first("watch") == "true" {
                let resource = target.segments.last ?? ""
                try await exchange.begin(status: 200, headers: [("Content-Type", "application/json")])
                try await Self.unless(isOver) { try await self.watch(resource, manner, exchange) }
                exchange.end()
            } else {
                respond(exchange, document(at: target))
            }
        } catch {
            // The client has gone, or the benchmark is over.
            exchange.abort()
        }
    }

    /// Those that it took are no strangers: who asks for these asks by their fields.
    private func document(at target: RequestTarget) -> JSON? {
        let pods = state.withLock { $0.pods }
        if let pod = pods[target.segments] { return pod }
        let own = target.first("fieldSelector") == nil ? Array(pods.values) : []
        return StandInDocuments.document(at: target.segments, cluster: name, pods: own)
    }

    /// Takes a pod; whatever else would change something is not found.
    private func take(_ exchange: HTTPExchange) async throws {
        let path = exchange.request.target.segments
        guard takesPods, exchange.request.method == "POST", path.count == 5, path.last == "pods" else {
            return refuse(exchange, 404, "NotFound")
        }
        let pod = StandInDocuments.running(try JSON.parse(try await exchange.body(limit: 1 << 20)))
        guard let name = pod.at("metadata", "name")?.string else { return refuse(exchange, 422, "Invalid") }
        state.withLock { $0.pods[path + [name]] = pod }
        respond(exchange, pod, status: 201)
    }

    /// Runs the body until it ends or the signal is given.
    private static func unless(
        _ signal: ShutdownSignal,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await signal.wait() }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    private func watch(_ resource: String, _ manner: Manner, _ exchange: HTTPExchange) async throws {
        switch (manner, resource) {
        case (.forgetful, _):
            try await exchange.write(StandInDocuments.line("ERROR", StandInDocuments.status(410, "Expired")))
            state.withLock { $0.counts.forgottenWatches += 1 }
        case (.flooding(let rate), "pods"): try await flood(exchange, rate)
        default: try await sendBookmarks(StandInDocuments.kind(of: resource), exchange)
        }
    }

    /// Keeps to its pace for as long as the events are taken; what is not taken in time is not made up for.
    private func flood(_ exchange: HTTPExchange, _ rate: Int) async throws {
        // Made once: it is not the making of events that is measured.
        let pod = StandInDocuments.change
        let period = Duration.seconds(1) / Self.lotsPerSecond
        var told = 0
        var lots = 0
        var due = ContinuousClock.now
        while true {
            due = max(due + period, .now)
            try await Task.sleep(until: due, clock: .continuous)
            lots += 1
            // So many as make up the rate over each second, also where it is no multiple of the lots.
            let count = rate * lots / Self.lotsPerSecond - told
            told += count
            guard count > 0 else { continue }
            let last = state.withLock { state -> Int in
                state.version += count
                return state.version
            }
            var lot: [UInt8] = []
            lot.reserveCapacity(count * (pod.0.count + pod.1.count + 20))
            for version in (last - count + 1)...last {
                lot += pod.0 + Array("\(version)".utf8) + pod.1
            }
            try await exchange.write(lot)
            let size = Int64(lot.count)
            state.withLock { state in
                state.counts.floodEvents += Int64(count)
                state.counts.floodBytes += size
            }
        }
    }

    private func sendBookmarks(_ kind: String, _ exchange: HTTPExchange) async throws {
        var version = 1000
        while true {
            try await Task.sleep(for: Self.bookmarkPeriod)
            version += 1
            let bookmark: JSON = [
                "apiVersion": "v1", "kind": .string(kind), "metadata": ["resourceVersion": .string("\(version)")],
            ]
            try await exchange.write(StandInDocuments.line("BOOKMARK", bookmark))
        }
    }

    private func respond(_ exchange: HTTPExchange, _ document: JSON?, status: Int = 200) {
        guard let document else { return refuse(exchange, 404, "NotFound") }
        exchange.respond(
            status: status,
            headers: [("Content-Type", "application/json")],
            body: Array(document.text.utf8)
        )
    }

    private func refuse(_ exchange: HTTPExchange, _ code: Int, _ reason: String) {
        exchange.respond(
            status: code,
            headers: [("Content-Type", "application/json")],
            body: Array(StandInDocuments.status(code, reason).text.utf8)
        )
    }
}
