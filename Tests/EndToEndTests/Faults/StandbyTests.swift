import Foundation
import KubeModel
import Testbed
import Testing

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
            let standby = leader.twin(log: leader.log + ".standby")
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

    private func takeover(in space: TestSpace, from leader: MartletProcess, to standby: MartletProcess) async throws {
        try await space.apply(Manifest.deployment(replicas: 4))
        let before = try await space.running(4)
        #expect(leader.logText().contains("Became leader"))
        try await eventually("the standby is up") { standby.logText().contains("Started") }
        #expect(!standby.logText().contains("Became leader"))
        #expect(!standby.logText().contains("Serving the cluster"))
        await leader.kill()
        try await space.kubectl("scale", "deployment/web", "--replicas=6")
        // The lease is good for fifteen seconds.
        let after = try await space.running(6, within: .seconds(25))
        #expect(standby.logText().contains("Became leader"))
        #expect(after.podUIDs.isSuperset(of: before.podUIDs))
        #expect(after.delegateUIDs.isSuperset(of: before.delegateUIDs))

        // Who comes back waits, and takes over at once from a leader that goes in good order.
        try await leader.start()
        try await eventually("the other is up") { leader.logText().components(separatedBy: "Started").count >= 3 }
        #expect(await standby.stop() == .exited(code: 0))
        try await space.kubectl("scale", "deployment/web", "--replicas=7")
        let last = try await space.running(7)
        #expect(last.delegateUIDs.isSuperset(of: after.delegateUIDs))
    }
}
