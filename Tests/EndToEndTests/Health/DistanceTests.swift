import Foundation
import KubeModel
import Testbed
import Testing

extension HealthTests {
    @Test("The round trip to each cluster stands on its node and in the metrics", .rows(36, 61))
    func roundTrips() async throws {
        let fleet = Fleet.current
        try await fleet.repaired {
            try await fleet.place(["us-east": "Nantes", "us-west": "Grenoble", "eu-central": "Luxembourg"])
            try await fleet.place(["us-east": "Lille", "us-west": "Grenoble", "eu-central": "Luxembourg"])
        }
    }
}

extension Fleet {
    /// Puts clusters at sites, as far from Rennes as they are, and waits until their nodes and the metrics say so.
    fileprivate func place(_ sites: [String: String]) async throws {
        var distances: [String: Double] = [:]
        for (cluster, site) in sites {
            let roundTrip = try #require(RoundTripTable.mck8s.roundTrip("Rennes", site))
            distances[cluster] = roundTrip / .milliseconds(1)
            try await remote(cluster).relay.set(RelayConditions(roundTrip: roundTrip))
        }
        let order = distances.keys.sorted { distances[$0, default: 0] < distances[$1, default: 0] }
        let wanted = distances
        // A minute on any machine. What a server and a busy machine add can't be told from distance: a millisecond for
        // each process that waits for a processor, and one at least.
        var noise = 1.0
        try await eventually("each distance is told within a fifth, in both ways", within: .seconds(20)) {
            var load = [0.0]
            try #require(getloadavg(&load, 1) == 1)
            noise = max(noise, load[0] / Double(ProcessInfo.processInfo.activeProcessorCount))
            return [try await told(), try await measured()]
        } until: { (ways: [[String: Double]]) in
            ways.allSatisfy { told in
                let isRight = wanted.allSatisfy { cluster, distance in
                    abs(told[cluster, default: 0] - distance) <= distance / 5 + noise
                }
                return isRight && order == told.keys.sorted { told[$0, default: 0] < told[$1, default: 0] }
            }
        }
    }

    /// The round trips that the nodes tell, in milliseconds.
    fileprivate func told() async throws -> [String: Double] {
        var told: [String: Double] = [:]
        for remote in remotes {
            let text = try await node(remote.name).annotation("martlet.dev/round-trip") ?? ""
            told[remote.name] = Double(text.dropLast(2))
        }
        return told
    }

    /// The round trips that the metrics tell, in milliseconds.
    fileprivate func measured() async throws -> [String: Double] {
        let lines = try await StatusPage.get("/metrics").text.split(separator: "\n")
        var measured: [String: Double] = [:]
        for remote in remotes {
            let prefix = "martlet_cluster_round_trip_seconds{cluster=\"\(remote.name)\"} "
            let seconds = lines.first { $0.hasPrefix(prefix) }.flatMap { Double($0.dropFirst(prefix.count)) }
            measured[remote.name] = seconds.map { $0 * 1000 }
        }
        return measured
    }
}
