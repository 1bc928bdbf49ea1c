import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension AdministrationTests {
    @Test(
        "A join shows itself, makes a node with the least rights, twice is once, and a leave takes all away",
        .rows(51, 59, 60, 100)
    )
    func joinAndLeave() async throws {
        try await TestSpace.with("join") { space in
            let (fleet, remote) = (space.fleet, space.fleet.remote("eu-central"))
            let settings = ["--region", "eu", "--zone", "eu-1"]
            let rehearsal = try await fleet.command(fleet.joining("eu-central") + settings + ["--dry-run"]).checked()
            #expect(try await remote.joinedObjects() == [])
            #expect(try await space.origin.find(.secrets, "cluster-eu-central", in: FleetPlan.secretsNamespace) == nil)
            let shown = rehearsal.output.components(separatedBy: "# In the origin")[0]
            try await remote.kubectl(["apply", "--dry-run=client", "--filename", "-"], stdin: shown)

            let first = try await fleet.command(fleet.joining("eu-central") + settings).checked()
            try await fleet.nodesReady(["eu-central"], within: .seconds(1))
            #expect(try await fleet.node("eu-central").label("topology.kubernetes.io/zone") == "eu-1")
            let secret = try await space.origin.find(.secrets, "cluster-eu-central", in: FleetPlan.secretsNamespace)
            try noSecrets(in: first, of: secret)
            #expect(try await remote.joinedObjects().count == 4)
            let second = try await fleet.join("eu-central")
            let lines = second.output.split(separator: "\n").filter { $0.contains("/") && !$0.contains("is Ready") }
            #expect(lines.allSatisfy { $0.contains("unchanged") }, "\(second.output)")
            try await fleet.join("eu-central", "--region", "eu", "--zone", "eu-2")
            try await eventually("the node is in its new zone") {
                try await fleet.node("eu-central").label("topology.kubernetes.io/zone") == "eu-2"
            }
            try await runsAndIsChecked(space)

            let left = try await fleet.leave("eu-central")
            #expect(left.output.contains("node/eu-central deleted"))
            #expect(try await space.origin.find(.nodes, "eu-central") == nil)
            #expect(try await space.origin.find(.secrets, "cluster-eu-central", in: FleetPlan.secretsNamespace) == nil)
            try await eventually("the account is gone") { try await remote.joinedObjects().isEmpty }
            #expect(try await remote.list(.configMaps, labels: "martlet.dev/copy").isEmpty)
            try await holds("nobody makes the node again", for: .seconds(3)) {
                try await space.origin.find(.nodes, "eu-central") == nil
            }
            let again = try await fleet.leave("eu-central")
            #expect(again.errorOutput.contains("Nothing of eu-central stands"))
        }
    }

    /// Pods run there, with what they refer to, and the new account has what it needs.
    private func runsAndIsChecked(_ space: TestSpace) async throws {
        let fleet = space.fleet
        try await space.kubectl("create", "configmap", "page", "--from-literal=a=b")
        let pod = Manifest.podSpec(
            Manifest.overlay(
                ["volumes": [["name": "page", "configMap": ["name": "page"]]]],
                on: Manifest.cluster("eu-central")
            )
        )
        try await space.apply(Manifest.deployment(replicas: 2, pod: pod))
        try await space.running(2)
        let report = try await fleet.commandAsMartlet(
            ["check", "eu-central", "--cluster-secrets-namespace", FleetPlan.secretsNamespace]
        )
        #expect(report.status.isSuccess, "\(report.output)")
        // Elsewhere from now on, or they would wait for a node that is gone.
        try await space.apply(Manifest.deployment(replicas: 2))
        try await space.kubectl("rollout", "status", "deployment/web", "--timeout=150s")
    }

    private func noSecrets(in result: CommandResult, of secret: JSON?) throws {
        let encoded = try #require(secret?.at("data", "kubeconfig")?.string)
        let kubeconfig = try JSON.parse(Array(try #require(decode(encoded)).utf8))
        let token = try #require(kubeconfig["users"]?[0]?.at("user", "token")?.string)
        #expect(token.count > 100)
        #expect(!(result.output + result.errorOutput).contains(token))
        #expect(!(result.output + result.errorOutput).contains(encoded))
    }

    @Test("A name that is somebody else's is refused, and nothing is changed", .rows(60))
    func refusals() async throws {
        try await TestSpace.with("refusal") { space in
            let (fleet, remote) = (space.fleet, space.fleet.remote("eu-central"))
            let ofFile = try await fleet.command(fleet.joining("eu-central", as: "us-east"))
            #expect(ofFile.status == .exited(code: 1))
            #expect(ofFile.errorOutput.contains("us-east is a cluster of"))
            try await space.origin.kubectl(
                "create",
                "-f",
                "-",
                stdin: #"{"apiVersion":"v1","kind":"Node","metadata":{"name":"stranger"}}"#
            )
            let stranger = try await fleet.command(fleet.joining("eu-central", as: "stranger"))
            #expect(stranger.errorOutput.contains("without the label martlet.dev/cluster"))
            try await space.origin.kubectl("delete", "node", "stranger")
            let twice = try await fleet.command(fleet.joining("eu-central", as: "UPPER"))
            #expect(twice.status == .exited(code: 2))
            #expect(try await remote.joinedObjects() == [])
            let ofFileLeaves = try await fleet.command(["leave", "us-east"])
            #expect(ofFileLeaves.status == .exited(code: 1))
            #expect(ofFileLeaves.errorOutput.contains("kubectl delete node us-east"))
            try await fleet.joined("eu-central") {
                let other = try await fleet.command(fleet.joining("us-west", as: "eu-central"))
                #expect(other.status == .exited(code: 1))
                #expect(other.errorOutput.contains("another cluster"))
            }
        }
    }
}

private func decode(_ base64: String) -> String? {
    Data(base64Encoded: base64).map { String(decoding: $0, as: UTF8.self) }
}
