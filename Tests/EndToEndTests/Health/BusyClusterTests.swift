import KubeClient
import KubeModel
import Testbed
import Testing

extension HealthTests {
    @Test("A cluster that asks for patience is degraded and never lost: what runs stays, what is new waits", .rows(108))
    func busyCluster() async throws {
        try await TestSpace.with("patience") { space in
            let (fleet, remote) = (space.fleet, space.fleet.remote("us-west"))
            try await space.applyPod("web", on: remote.name)
            let before = try await space.running(1)
            let since = try await fleet.readiness(of: remote.name, hasReason: "KubeletReady")["lastTransitionTime"]
            try await fleet.repaired {
                try await BusyServer.stands(for: remote, of: fleet) { server in
                    let busy = try await fleet.readiness(of: remote.name, hasReason: "RemoteBusy")
                    #expect(busy["status"] == "True")
                    #expect(busy["message"]?.string?.contains("Cluster us-west asks for patience") == true)
                    let report = try await fleet.command("clusters", remote.name, "-o", "json").checked().output
                    #expect(try JSON.parse(report)["clusters"]?[0]?["state"] == "degraded")
                    try await space.applyPod("newcomer", on: remote.name)
                    try await space.pod("newcomer", "says what it waits for", within: .seconds(15)) {
                        $0.condition("martlet.dev/Delegated")?["reason"] == "RemoteBusy" && $0.phase == "Pending"
                    }
                    // Twice as many as lose a cluster that is silent.
                    try await eventually("more probes are refused", within: .seconds(30)) {
                        server.probes
                    } until: {
                        $0 >= 6
                    }
                    let still = try await fleet.readiness(of: remote.name, hasReason: "RemoteBusy")
                    #expect(still["lastTransitionTime"] == since)
                    #expect(try await fleet.node(remote.name).taintKeys.isEmpty)
                    #expect(try await space.origin.pod("web", in: space.name)?.isReady == true)
                }
                let ready = try await fleet.readiness(of: remote.name, hasReason: "KubeletReady")
                #expect(ready["lastTransitionTime"] == since)
                let after = try await space.onlyRunning(["web", "newcomer"], within: .seconds(30))
                #expect(try after.pair("web").delegate.uid == before.delegates.first?.object.uid)
            }
        }
    }
}

extension Fleet {
    /// A node's condition Ready, once it has this reason.
    fileprivate func readiness(of node: String, hasReason reason: String) async throws -> JSON {
        let found = try await eventually("the node \(node) says \(reason)", within: .seconds(20)) {
            try await self.node(node).condition("Ready")
        } until: {
            $0?["reason"]?.string == reason
        }
        return found ?? .null
    }
}
