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

    @Test("The farther a cluster is, the longer its probes may take, and far away it is not lost", .rows(36))
    func farAway() async throws {
        let (fleet, cluster) = (Fleet.current, "us-west")
        let since = { try await fleet.node(cluster).condition("Ready")?["lastTransitionTime"]?.string }
        try await fleet.repaired {
            let before = try await since()
            // Within the three seconds that a probe may always take, and then beyond: three such in a row would be a loss.
            for roundTrip in [Duration.milliseconds(2500), .milliseconds(3500)] {
                try await fleet.remote(cluster).relay.set(RelayConditions(roundTrip: roundTrip))
                try await fleet.probesAnswered(4, of: cluster)
                #expect(try await fleet.node(cluster).isReady)
                #expect(try await since() == before)
            }
        }
    }
}

extension Fleet {
    /// How often a cluster has said its version, which is what a probe asks for.
    func answeredProbes(of cluster: String) async throws -> Int {
        let marks = ["martlet_api_requests_total{", "cluster=\"\(cluster)\"", "code=\"200\"", "resource=\"version\""]
        let lines = try await StatusPage.get("/metrics").text.split(separator: "\n")
        let counts = lines.filter { line in marks.allSatisfy { line.contains($0) } }
            .compactMap { line in line.split(separator: " ").last.flatMap { Int($0) } }
        return counts.reduce(0, +)
    }

    /// Waits until a cluster has answered so many probes more.
    fileprivate func probesAnswered(_ count: Int, of cluster: String) async throws {
        let before = try await answeredProbes(of: cluster)
        try await eventually("\(cluster) answers \(count) probes", within: .seconds(40)) {
            try await answeredProbes(of: cluster) >= before + count
        }
    }

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
        let page = try await StatusPage.get("/metrics")
        var measured: [String: Double] = [:]
        for remote in remotes {
            let seconds = page.value(of: "martlet_cluster_round_trip_seconds{cluster=\"\(remote.name)\"}")
            measured[remote.name] = seconds.map { $0 * 1000 }
        }
        return measured
    }
}
