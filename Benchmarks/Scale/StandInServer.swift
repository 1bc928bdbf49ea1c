import KubeModel
import Transport

/// Stands in for the API server of a remote of one node and no pods, over HTTPS. A hundred real ones do not fit a machine,
/// and none can be made to misbehave as some of these do.
///
/// It answers what martlet asks of a remote in which nothing runs: version, discovery, lists and watches. Whatever would
/// change something is not found.
struct StandInServer: Sendable {
    let name: String
    let manner: Manner
    /// How often a watch in which nothing happens sends a bookmark, as API servers do.
    private static let bookmarkPeriod = Duration.seconds(60)
    /// Strangers' pods are told of in so many lots a second.
    private static let lotsPerSecond = 20

    func answer(_ exchange: HTTPExchange) async {
        do {
            if case .stuck(let time) = manner { try await Task.sleep(for: time) }
            let target = exchange.request.target
            guard exchange.request.method == "GET" else { return refuse(exchange, 404, "NotFound") }
            if target.first("watch") == "true" {
                try await watch(target.segments.last ?? "", exchange)
            } else {
                respond(exchange, StandInDocuments.document(at: target.segments, cluster: name))
            }
        } catch {
            // The client has gone, or the benchmark is over.
            exchange.abort()
        }
    }

    private func watch(_ resource: String, _ exchange: HTTPExchange) async throws {
        try await exchange.begin(status: 200, headers: [("Content-Type", "application/json")])
        var version = 1000
        switch (manner, resource) {
        case (.forgetful, _):
            try await exchange.write(StandInDocuments.line("ERROR", StandInDocuments.status(410, "Expired")))
            exchange.end()
        case (.flooding(let rate), "pods"):
            // Made once: it is not the making of events that is measured.
            let pod = StandInDocuments.change
            while true {
                try await Task.sleep(for: .seconds(1) / Self.lotsPerSecond)
                var lot: [UInt8] = []
                for _ in 0..<(rate / Self.lotsPerSecond) {
                    version += 1
                    lot += pod.0 + Array("\(version)".utf8) + pod.1
                }
                try await exchange.write(lot)
            }
        default:
            while true {
                try await Task.sleep(for: Self.bookmarkPeriod)
                version += 1
                let kind = StandInDocuments.kind(of: resource)
                let bookmark: JSON = [
                    "apiVersion": "v1", "kind": .string(kind), "metadata": ["resourceVersion": .string("\(version)")],
                ]
                try await exchange.write(StandInDocuments.line("BOOKMARK", bookmark))
            }
        }
    }

    private func respond(_ exchange: HTTPExchange, _ document: JSON?) {
        guard let document else { return refuse(exchange, 404, "NotFound") }
        exchange.respond(status: 200, headers: [("Content-Type", "application/json")], body: Array(document.text.utf8))
    }

    private func refuse(_ exchange: HTTPExchange, _ code: Int, _ reason: String) {
        exchange.respond(
            status: code,
            headers: [("Content-Type", "application/json")],
            body: Array(StandInDocuments.status(code, reason).text.utf8)
        )
    }
}
