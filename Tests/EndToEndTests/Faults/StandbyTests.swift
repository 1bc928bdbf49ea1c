import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing
import Transport

/// Two processes with one configuration: one serves, the other waits.
@Suite(
    .fleet(
        FleetPlan(
            remotes: [FleetPlan.Remote(name: "us-east", region: "us")],
            arguments: ["--leader-elect-namespace", "martlet"]
        )
    )
)
struct StandbyTests {
    @Test("A standby does nothing while the leader lives, and takes over when it was killed", .rows(67))
    func takeover() async throws {
        try await TestSpace.with("standby") { space in
            let leader = space.fleet.martlet
            let arguments = leader.arguments + ["--metrics-addr", Self.statusAddress]
            let standby = leader.twin(log: leader.log + ".standby", arguments: arguments)
            try await standby.start()
            do {
                try await takeover(in: space, from: leader, to: standby)
            } catch {
                await standby.kill()
                throw error
            }
            #expect(await standby.stop() == .exited(code: 0))
        }
    }

    /// Where the standby serves its metrics.
    private static let statusPort = APICalls.port(5)
    private static let statusAddress = "127.0.0.1:\(statusPort)"

    private func takeover(in space: TestSpace, from leader: MartletProcess, to standby: MartletProcess) async throws {
        try await space.apply(Manifest.deployment(replicas: 4))
        let before = try await space.running(4)
        #expect(leader.logText().contains("Became leader"))
        try await eventually("the standby is up") { standby.logText().contains("Started") }
        #expect(!standby.logText().contains("Became leader"))
        #expect(!standby.logText().contains("Serving the cluster"))
        // A rolling update would wait for it otherwise.
        try await eventually("the standby is ready, without a cluster") {
            try await StatusPage.get("/readyz?verbose", at: Self.statusAddress)
        } until: {
            $0.status == 200 && !$0.text.contains("cluster")
        }
        try await pages(of: leader, in: space, have: before)
        let waiting = try #require(await standby.processID)
        #expect(try ProcessTable.listeningPorts(of: waiting) == [Self.statusPort])
        await leader.kill()
        try await space.kubectl("scale", "deployment/web", "--replicas=6")
        // The lease is good for fifteen seconds.
        let after = try await space.running(6, within: .seconds(25))
        #expect(standby.logText().contains("Became leader"))
        let ready = try await StatusPage.get("/readyz?verbose", at: Self.statusAddress)
        #expect(ready.status == 200 && ready.text.contains("[+]cluster-us-east ok"), "\(ready.text)")
        #expect(after.podUIDs.isSuperset(of: before.podUIDs))
        #expect(after.delegateUIDs.isSuperset(of: before.delegateUIDs))
        try await pages(of: standby, in: space, have: after)

        // Who comes back waits, and takes over at once from a leader that goes in good order.
        try await leader.start()
        try await eventually("the other is up") { leader.logText().components(separatedBy: "Started").count >= 3 }
        #expect(await standby.stop() == .exited(code: 0))
        try await space.kubectl("scale", "deployment/web", "--replicas=7")
        let last = try await space.running(7)
        #expect(last.delegateUIDs.isSuperset(of: after.delegateUIDs))
        try await pages(of: leader, in: space, have: last)
    }

    /// Waits until the node's pages, through the API server, have all pods, and sees that it is this process which listens
    /// at the port that the node states.
    private func pages(of martlet: MartletProcess, in space: TestSpace, have snapshot: Snapshot) async throws {
        let path = "/api/v1/nodes/us-east/proxy/pods"
        try await eventually("the node's page has the pods", within: .seconds(20)) {
            let answer = try await space.origin.client.raw(path: path)
            guard answer.status == 200 else { return [] }
            return Set((try JSON.parse(answer.body)["items"]?.array ?? []).map(\.uid))
        } until: { (found: Set<UID>) in
            found.isSuperset(of: snapshot.podUIDs)
        }
        let node = try await space.fleet.node("us-east")
        let port = try #require(node.at("status", "daemonEndpoints", "kubeletEndpoint", "Port")?.int)
        let process = try #require(await martlet.processID)
        #expect(try ProcessTable.listeningPorts(of: process).subtracting([Self.statusPort]) == [Int(port)])
    }
}
