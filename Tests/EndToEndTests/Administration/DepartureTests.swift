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
}
