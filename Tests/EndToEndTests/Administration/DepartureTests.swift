import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension AdministrationTests {
    @Test(
        "Claims stay with their data when a cluster leaves, and go when that is asked; pods of DaemonSets go",
        .rows(116)
    )
    func claimsAndDaemons() async throws {
        try await TestSpace.with("claims") { space in
            let (fleet, remote) = (space.fleet, space.fleet.remote("eu-central"))
            try await space.makeStorage()
            let settings = FileManager.default.temporaryDirectory.appendingPathComponent("settings-\(UUID()).yaml").path
            try "{storageClasses: {remote: slow}, pods: {policies: {daemonSets: run}}}".write(
                toFile: settings,
                atomically: true,
                encoding: .utf8
            )
            defer { try? FileManager.default.removeItem(atPath: settings) }  // Only a scratch file is lost track of.
            try await fleet.join("eu-central", "--settings", settings)
            try await space.apply(Storage.claim("data"))
            let tied = Manifest.cluster("eu-central")
            try await space.apply(Manifest.deployment(replicas: 1, pod: Storage.podSpec("data", in: "eu-central")))
            try await space.apply(Manifest.daemonSet("agent", pod: Manifest.podSpec(tied)))
            try await space.running(2, within: .seconds(60))
            let claims = try await space.remoteClaims()
            #expect(Array(claims.keys) == ["eu-central/data"])

            let kept = try await fleet.leave("eu-central")
            #expect(
                kept.errorOutput.contains("kept with their data (--delete-volumes deletes them): \(space.name)/data")
            )
            #expect(kept.output.contains("nothing runs for it in eu-central any more"))
            #expect(try await space.remoteClaims() == claims)
            #expect(try await remote.pods(in: space.name).isEmpty)
            #expect(try await space.origin.pods(in: space.name, labels: "app=agent").isEmpty)
            try await eventually("the pod waits for where its data is") {
                let pods = try await space.origin.pods(in: space.name)
                return pods.count == 1 && pods[0].nodeName.isEmpty && pods[0].phase == "Pending"
            }

            try await fleet.join("eu-central", "--settings", settings)
            try await space.running(2, within: .seconds(60))
            #expect(try await space.remoteClaims() == claims)
            let gone = try await fleet.leave("eu-central", "--delete-volumes")
            #expect(!gone.errorOutput.contains("kept with their data"))
            #expect(try await space.remoteClaims().isEmpty)
            #expect(try await remote.pods(in: space.name).isEmpty)
            try await space.kubectl("delete", "deployment/web", "daemonset/agent", "pvc/data", "--wait=false")
        }
    }

    @Test(
        "A cluster that is gone for good is given up, its pods are replaced, and what nobody saw end is said",
        .rows(116)
    )
    func givenUp() async throws {
        try await TestSpace.with("lost") { space in
            let (fleet, remote) = (space.fleet, space.fleet.remote("eu-central"))
            try await fleet.join("eu-central")
            try await space.apply(Self.spread(replicas: 6))
            let alone = Manifest.overlay(Self.bound("eu-central"), on: Manifest.podSpec())
            try await space.apply(Manifest.pod("alone", alone))
            let before = try await space.running(7, within: .seconds(30))
            let there = try #require(before.counts["eu-central"])
            #expect(there > 1)
            let early = try await fleet.command(["leave", "eu-central", "--lost"])
            #expect(early.status == .exited(code: 1))
            #expect(early.errorOutput.contains("node eu-central is Ready"))
            #expect(try await fleet.command(["leave", "eu-central", "--lost", "--detach"]).status == .exited(code: 2))

            try await remote.relay.set(.cut)
            try await space.unreachable("eu-central", within: .seconds(20))
            let careful = try await fleet.command(["leave", "eu-central", "--lost"])
            #expect(careful.errorOutput.contains("have no controller: \(space.name)/alone"))
            try await remote.relay.set(.open)
            let alive = try await fleet.command(["leave", "eu-central", "--lost", "--force"])
            #expect(alive.status == .exited(code: 1), "\(alive.errorOutput)")
            try await remote.relay.set(.cut)
            try await space.unreachable("eu-central", within: .seconds(20))

            let given = try await fleet.leave("eu-central", "--lost", "--force")
            #expect(given.output.contains("pod/alone in \(space.name) released: nobody has seen its end in eu-central"))
            #expect(given.errorOutput.contains("Warning: nothing was ended in eu-central"))
            #expect(given.errorOutput.contains("kubectl delete clusterrole martlet-eu-central-"))
            let replaced = try await eventually("all pods are replaced elsewhere", within: .seconds(30)) {
                try await space.origin.pods(in: space.name)
            } until: { pods in
                pods.count == 6 && pods.allSatisfy { $0.isReady && ["us-east", "us-west"].contains($0.nodeName) }
            }
            #expect(
                Set(replaced.map(\.uid)).isDisjoint(with: before.pods.filter { $0.nodeName == "eu-central" }.map(\.uid))
            )
            #expect(try await space.origin.find(.nodes, "eu-central") == nil)
            #expect(try await space.origin.find(.secrets, "cluster-eu-central", in: FleetPlan.secretsNamespace) == nil)
            #expect(try await remote.pods(in: space.name).count == there)

            // It was not gone after all: what has no pod any more ends when it is joined again.
            try await remote.relay.set(.open)
            try await fleet.join("eu-central")
            try await space.running(6, within: .seconds(30))
            try await space.kubectl("delete", "deployment", "web", "--wait=false")
            try await space.empty()
            try await fleet.leave("eu-central")
            try await eventually("the account is gone") { try await remote.joinedObjects().isEmpty }
        }
    }
}
