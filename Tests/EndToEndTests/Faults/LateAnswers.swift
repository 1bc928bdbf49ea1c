import Testbed

/// The way to a cluster, on which answers to probes come too late.
///
/// Probes share their connections with other calls, and a relay sees bytes: it holds back all that is on the way, in both
/// directions. That is the harder case, as nothing else tells martlet meanwhile that the cluster is there. When a probe
/// was given up is what martlet itself says, so that it does not matter how fast the machine is.
struct LateAnswers {
    let fleet: Fleet
    let cluster: String

    /// Holds back so many answers in a row. After a failure the way stays as it is then.
    func late(_ row: Int) async throws {
        let relay = fleet.remote(cluster).relay
        let start = try fleet.martlet.logLength()
        try await relay.set(.stalled)
        try await eventually("\(row) answers of \(cluster) in a row are late", within: .seconds(20)) {
            try givenUp(since: start) >= row
        }
        try await relay.set(.open)
    }

    /// How many probes of the cluster martlet has given up since its log was so long.
    func givenUp(since start: UInt64) throws -> Int {
        let lines = try fleet.martlet.logText(after: start).split(separator: "\n")
        return lines.count { $0.contains("\"Probe failed\"") && $0.contains("cluster=\"\(cluster)\"") }
    }
}
