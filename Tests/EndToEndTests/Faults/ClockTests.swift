import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension FaultTests {
    /// The time of day of martlet's machine jumps, as when a clock that was wrong is set.
    @Suite struct ClockTests {}
}

extension FaultTests.ClockTests {
    @Test("A clock that jumps an hour ahead and back moves nothing, and work goes on", .timeLimit(.minutes(4)))
    func steps() async throws {
        try await TestSpace.with("clock") { space in
            let martlet = space.fleet.martlet
            let directory = URL(fileURLWithPath: space.fleet.configuration).deletingLastPathComponent().path
            let clock = try SteppedClock(toolbox: Toolbox(), directory: directory)
            try await space.fleet.repaired {
                await martlet.stop()
                try await martlet.start(clock: clock)
                try await space.leaseIsAhead(by: 0)
                try await space.apply(Manifest.deployment(replicas: 6))
                let before = try await space.running(6)
                let version = try await space.origin.client.list(.nodes).at("metadata", "resourceVersion")?.string
                let nodes = try await space.origin.client.watch(.nodes, resourceVersion: version)
                try clock.set(ahead: 3600)
                try await space.leaseIsAhead(by: 3600)
                try await space.kubectl("scale", "deployment/web", "--replicas=9")
                let more = try await space.running(9, within: .seconds(30))
                try clock.set(ahead: 0)
                try await space.kubectl("scale", "deployment/web", "--replicas=6")
                let after = try await space.running(6, within: .seconds(30))
                // Leases that went back with the clock would be of no account, and the nodes silent after 40 s.
                try await holds("the nodes stay ready", for: .seconds(45)) {
                    try await space.origin.list(.nodes).allSatisfy(\.isReady)
                }
                for snapshot in [more, after] {
                    #expect(snapshot.delegateUIDs.isSubset(of: more.delegateUIDs))
                    #expect(snapshot.podUIDs.isSubset(of: more.podUIDs))
                }
                #expect(more.podUIDs.isSuperset(of: before.podUIDs))
                #expect(more.delegateUIDs.isSuperset(of: before.delegateUIDs))
                // A change of all nodes ends the watch of what was told of them meanwhile.
                for remote in space.fleet.remotes {
                    try await space.kubectl("label", "node", remote.name, "clock=told")
                }
                var told: Set<String> = []
                for try await event in nodes where event.type != .bookmark {
                    #expect(event.object.isReady, "\(event.object.name)")
                    if event.object.at("metadata", "labels", "clock")?.string == "told" {
                        told.insert(event.object.name)
                    }
                    guard told.count < space.fleet.remotes.count else { break }
                }
                for remote in space.fleet.remotes { try await space.kubectl("label", "node", remote.name, "clock-") }
                await martlet.stop()
            }
        }
    }
}

extension TestSpace {
    /// Waits until the nodes' leases are renewed with a time so many seconds ahead of the machine's, give or take a minute.
    fileprivate func leaseIsAhead(by seconds: Double) async throws {
        for remote in fleet.remotes {
            try await eventually("the lease of \(remote.name) is renewed \(seconds) s ahead", within: .seconds(12)) {
                try await origin.client.get(.leases, namespace: "kube-node-lease", name: remote.name)
                    .at("spec", "renewTime")?.string ?? ""
            } until: { text in
                guard let time = Timestamp.parse(text) else { return false }
                return abs(time - Date().timeIntervalSince1970 - seconds) < 60
            }
        }
    }
}
