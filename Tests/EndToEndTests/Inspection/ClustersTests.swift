import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension InspectionTests {
    @Test("Each cluster is told with its state, its distance, and what its pods ask for", .rows(61, 80))
    func clustersOfAll() async throws {
        try await TestSpace.with("clusters") { space in
            let asking: JSON = ["requests": ["cpu": "2", "memory": "1Gi"]]
            let pod = Manifest.podSpec(["containers": [["name": "main", "image": "web", "resources": asking]]])
            let there = Manifest.overlay(Manifest.cluster("us-east"), on: pod)
            try await space.apply(Manifest.deployment(replicas: 3, pod: there))
            try await space.running(3)
            let row = try await space.fleet.cluster("us-east") {
                // What single pods find room for is looked at every ten seconds.
                $0["pods"] == 3 && $0.at("slots", "8/32Gi")?.int ?? 12 < 12
            }
            #expect(row["state"] == "healthy")
            #expect(row["region"] == "us")
            #expect(row["roundTrip"]?.string?.hasSuffix("ms") == true)
            #expect(row.at("allocatable", "cpu") == "96")
            #expect(row.at("requested", "cpu") == "6")
            let table = try await space.fleet.command("clusters").checked().output
            let lines = table.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(lines.first?.prefix(3) == ["NAME", "STATE", "ROUND-TRIP"])
            #expect(lines.dropFirst().map(\.first) == ["eu-central", "us-east", "us-west"])
            #expect(lines.allSatisfy { $0.count == 11 }, "\(table)")
            #expect(lines[2].contains("6/96"))
            let chosen = try await space.fleet.command("clusters", "-l", "topology.kubernetes.io/region=us").checked()
            #expect(chosen.output.split(separator: "\n").count == 3)
        }
    }

    @Test("A cluster that is cut off is lost, with the reason, and each turn is a line of the watch", .rows(61, 80))
    func clustersWatched() async throws {
        try await TestSpace.with("watch") { space in
            let relay = space.fleet.remote("us-west").relay
            try await space.fleet.withCommand("clusters", "us-west", "-w") { command in
                func said(_ words: String...) async throws {
                    try await eventually("the watch says \(words)", within: .seconds(30)) {
                        command.lines.last ?? ""
                    } until: { line in
                        words.allSatisfy(line.contains)
                    }
                }
                try await said("us-west", "healthy")
                try await space.fleet.repaired {
                    try await relay.set(.cut)
                    try await said("us-west", "lost", "RemoteUnreachable: Cluster us-west can't be reached")
                    let row = try await space.fleet.cluster("us-west") { $0["state"] == "lost" }
                    #expect(row["reason"] == "RemoteUnreachable")
                    let others = try await space.fleet.command("clusters", "us-east", "eu-central").checked().output
                    #expect(!others.contains("lost"))
                    try await relay.set(.open)
                    try await said("us-west", "healthy")
                }
            }
        }
    }

    @Test("Who may list nodes and nothing else sees the nodes, and is told what is missing", .rows(61))
    func clustersByRight() async throws {
        try await TestSpace.with("rights") { space in
            let viewer = try await space.fleet.person("viewer", [Fleet.rule(["list"], "nodes")])
            let seen = try await space.fleet.command("clusters", kubeconfig: viewer).checked()
            #expect(seen.output.split(separator: "\n").count == 4)
            #expect(seen.output.contains("?/96"))
            #expect(seen.errorOutput.contains("pods can't be listed"))
            #expect(seen.errorOutput.contains("User \"viewer\" cannot list resource \"pods\""))
            let nobody = try await space.fleet.person("nobody", [])
            let refused = try await space.fleet.command("clusters", kubeconfig: nobody)
            #expect(refused.status == .exited(code: 1))
            #expect(refused.output.isEmpty)
            #expect(refused.errorOutput.contains("User \"nobody\" cannot list resource \"nodes\""))
            let missing = try await space.fleet.command("clusters", "us-east", "moon")
            #expect(missing.status == .exited(code: 1))
            #expect(missing.errorOutput.contains("there is no cluster \"moon\""))
        }
    }

    @Test("When martlet is gone nobody knows how the clusters are", .rows(61, 80))
    func clustersWithoutMartlet() async throws {
        let fleet = Fleet.current
        try await fleet.repaired {
            await fleet.martlet.kill()
            let row = try await fleet.cluster("us-east", within: .seconds(90)) { $0["state"] == "unknown" }
            #expect(["LeaseExpired", "NodeStatusUnknown"].contains(row["reason"]?.string))
        }
        _ = try await fleet.cluster("us-east", within: .seconds(30)) { $0["state"] == "healthy" }
    }
}

extension Fleet {
    /// What `martlet clusters` says of a cluster, once it is as it should be.
    fileprivate func cluster(
        _ name: String,
        within: Duration = .seconds(20),
        until isRight: (JSON) -> Bool
    ) async throws -> JSON {
        let found = try await eventually("martlet clusters says the right thing of \(name)", within: within) {
            let text = try await command("clusters", name, "-o", "json").checked().output
            return try JSON.parse(text)["clusters"]?[0]
        } until: {
            $0.map(isRight) ?? false
        }
        return found ?? .null
    }
}
