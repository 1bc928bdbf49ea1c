import KubeModel

/// Calls to one API server and the bytes of their bodies, as the client's own metrics count them.
struct APITraffic: Sendable, Equatable {
    var calls = 0.0
    var sentBytes = 0.0
    var receivedBytes = 0.0
    /// Events that came by its watches.
    var watchEvents = 0.0
    /// Calls by verb and resource ("create pods").
    var byKind: [String: Double] = [:]

    static func - (later: APITraffic, earlier: APITraffic) -> APITraffic {
        APITraffic(
            calls: later.calls - earlier.calls,
            sentBytes: later.sentBytes - earlier.sentBytes,
            receivedBytes: later.receivedBytes - earlier.receivedBytes,
            watchEvents: later.watchEvents - earlier.watchEvents,
            byKind: later.byKind.reduce(into: [:]) { result, entry in
                let calls = entry.value - (earlier.byKind[entry.key] ?? 0)
                if calls > 0 { result[entry.key] = calls }
            }
        )
    }

    func divided(by count: Int) -> APITraffic {
        let count = Double(count)
        return APITraffic(
            calls: calls / count,
            sentBytes: sentBytes / count,
            receivedBytes: receivedBytes / count,
            watchEvents: watchEvents / count,
            byKind: byKind.mapValues { $0 / count }
        )
    }

    /// Reads the counters of each cluster out of a text in the Prometheus format.
    static func byCluster(metrics text: String) -> [String: APITraffic] {
        var result: [String: APITraffic] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("martlet_") {
            guard let brace = line.firstIndex(of: "{"), let end = line.lastIndex(of: "}"),
                let value = Double(line[line.index(after: end)...].drop { $0 == " " })
            else { continue }
            let labels = labels(line[line.index(after: brace)..<end])
            guard let cluster = labels["cluster"] else { continue }
            switch line[..<brace] {
            case "martlet_api_requests_total":
                result[cluster, default: APITraffic()].calls += value
                let kind = "\(labels["verb"] ?? "") \(labels["resource"] ?? "")"
                result[cluster, default: APITraffic()].byKind[kind, default: 0] += value
            case "martlet_api_sent_bytes_total": result[cluster, default: APITraffic()].sentBytes += value
            case "martlet_api_received_bytes_total": result[cluster, default: APITraffic()].receivedBytes += value
            case "martlet_watch_events_total": result[cluster, default: APITraffic()].watchEvents += value
            default: break
            }
        }
        return result
    }

    /// None of the labels' values has a comma or a quote.
    private static func labels(_ text: Substring) -> [String: String] {
        text.split(separator: ",").reduce(into: [:]) { result, pair in
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { result[String(parts[0])] = String(parts[1].filter { $0 != "\"" }) }
        }
    }
}
