import KubeClient
import KubeModel
import Testbed
import Testing

extension ClusterTests {
    @Test("A cluster that hides its nodes has what the configuration says, says so, and runs pods", .rows(59))
    func nodesUnseen() async throws {
        try await TestSpace.with("unseen") { space in
            let (fleet, remote) = (space.fleet, space.fleet.remote("eu-central"))
            let file = try ConfigurationOnDisk(of: fleet)
            try await remote.withoutRight(to: "nodes") {
                // A cluster whose entry changes is served anew: its nodes were not listed before.
                try await file.with { clusters in
                    clusters[2]["limits"] = ["cpu": "12", "memory": "40Gi", "pods": "20"]
                } during: {
                    let node = try await eventually("the node has what the configuration says") {
                        try await fleet.node(remote.name)
                    } until: {
                        $0.condition("Ready")?["reason"] == "CapacityAssumed"
                            && $0.at("status", "allocatable", "cpu") == "12"
                    }
                    #expect(node.isReady)
                    #expect(node.at("status", "allocatable", "pods") == "20")
                    #expect(node.condition("Ready")?["message"]?.string?.contains("does not let martlet list") == true)
                    try await space.applyPod("web", on: remote.name)
                    try await space.running(1)
                    try await space.deletePod("web")
                    try await space.empty()
                }
            }
            try await fleet.allocatableCPU(remote.name, is: 96)
            try await fleet.nodesReady([remote.name])
        }
    }

    @Test("A cluster that hides its pods is not Ready, in the words of its API server, until it shows them", .rows(59))
    func podsUnseen() async throws {
        let (fleet, remote) = (Fleet.current, Fleet.current.remote("eu-central"))
        let file = try ConfigurationOnDisk(of: fleet)
        try await remote.withoutRight(to: "pods") {
            try await file.with { clusters in
                clusters[2]["labels"] = ["example.com/served": "anew"]
            } during: {
                let ready = try await eventually("the node says what is missing", within: .seconds(15)) {
                    try await fleet.node(remote.name).condition("Ready")
                } until: {
                    $0?["reason"]?.string == "RemoteForbidden"
                }
                #expect(ready?["status"] == "False")
                let message = ready?["message"]?.string ?? ""
                #expect(message.contains("cannot list resource \"pods\""), "\(message)")
                #expect(message.contains("docs/rbac/remote.yaml"), "\(message)")
            }
        }
        try await fleet.nodesReady([remote.name])
    }
}

extension FleetCluster {
    /// Runs a body while martlet may do nothing with a resource of the cluster's core group.
    fileprivate func withoutRight(to resource: String, _ body: () async throws -> Void) async throws {
        let rules = try await client.get(.clusterRoles, name: "martlet-remote")["rules"]?.array ?? []
        let fewer = rules.filter { rule in
            rule["apiGroups"]?.array != [""] || rule["resources"]?.array?.contains(.string(resource)) != true
        }
        try #require(fewer.count == rules.count - 1)
        try await withCleanUp({ try await grant(rules) }) {
            try await grant(fewer)
            let account = "system:serviceaccount:martlet:martlet"
            try await eventually("the API server lets martlet list \(resource) no longer") {
                try await control.kubectl(["auth", "can-i", "list", resource, "-A", "--as", account]).output
            } until: {
                $0.hasPrefix("no")
            }
            try await body()
        }
    }

    private func grant(_ rules: [JSON]) async throws {
        _ = try await client.patch(
            .clusterRoles,
            name: "martlet-remote",
            type: .merge,
            body: ["rules": .array(rules)]
        )
    }
}
