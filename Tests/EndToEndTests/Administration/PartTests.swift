import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension AdministrationTests {
    @Test("A cluster of several nodes joins, is detached, and leaves with all of them", .rows(111, 116))
    func severalNodes() async throws {
        try await TestSpace.with("parts") { space in
            let (fleet, remote) = (space.fleet, space.fleet.remote("eu-central"))
            let (parts, workers) = (["eu-a", "eu-b"], try await remote.list(.nodes).map(\.name).sorted())
            for (worker, pool) in zip(workers, ["a", "b", "b"]) {
                try await remote.kubectl("label", "node", worker, "--overwrite", "pool=\(pool)")
            }
            let settings = FileManager.default.temporaryDirectory.appendingPathComponent("settings-\(UUID()).yaml").path
            try "{nodes: [{name: eu-a, nodeSelector: {pool: a}}, {name: eu-b, nodeSelector: {pool: b}}]}".write(
                toFile: settings,
                atomically: true,
                encoding: .utf8
            )
            defer { try? FileManager.default.removeItem(atPath: settings) }  // Only a scratch file is lost track of.
            let joined = try await fleet.join("eu-central", "--settings", settings)
            #expect(parts.allSatisfy { joined.output.contains("node/\($0) is Ready") }, "\(joined.output)")
            try await fleet.nodesReady(parts)
            let delegates = try await apart(in: space, on: parts)

            try await fleet.leave("eu-central", "--detach")
            for part in parts { #expect(try await fleet.node(part).condition("Ready")?["reason"] == "ClusterDetached") }
            let again = try await fleet.join("eu-central")
            #expect(parts.allSatisfy { again.output.contains("node/\($0) is Ready") }, "\(again.output)")
            #expect(Set(try await remote.pods(in: space.name).map(\.uid)) == delegates)

            let left = try await fleet.leave("eu-central")
            for part in parts {
                #expect(left.output.contains("node/\(part) cordoned") && left.output.contains("node/\(part) deleted"))
                #expect(try await space.origin.find(.nodes, part) == nil)
                #expect(try await space.origin.find(.leases, part, in: "kube-node-lease") == nil)
            }
            #expect(try await remote.pods(in: space.name).isEmpty)
            try await eventually("the account is gone") { try await remote.joinedObjects().isEmpty }
            try await space.kubectl("delete", "deployment", "web", "--wait=false")
            try await remote.kubectl(["label", "node"] + workers + ["pool-"])
        }
    }

    /// Has a pod run on each of the nodes. Returns their delegates.
    private func apart(in space: TestSpace, on nodes: [String]) async throws -> Set<UID> {
        let term: JSON = ["topologyKey": "kubernetes.io/hostname", "labelSelector": ["matchLabels": ["app": "web"]]]
        let pod = Manifest.podSpec([
            "nodeSelector": ["martlet.dev/cluster": "eu-central"], "terminationGracePeriodSeconds": 1,
            "affinity": ["podAntiAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": [term]]],
        ])
        try await space.apply(Manifest.deployment(replicas: Int64(nodes.count), pod: pod))
        try await eventually("each of the nodes runs one pod", within: .seconds(15)) {
            try await space.origin.pods(in: space.name)
        } until: {
            $0.count == nodes.count && $0.allSatisfy(\.isReady) && Set($0.map(\.nodeName)) == Set(nodes)
        }
        return Set(try await space.fleet.remote("eu-central").pods(in: space.name).map(\.uid))
    }
}
