import KubeClient
import KubeModel
import Testbed
import Testing

extension ClusterTests {
    @Test("The node's VERSION follows the cluster's upgrade, and its pods run on", .rows(90, 91))
    func upgrade() async throws {
        let remote = Fleet.current.remote("eu-central")
        try await follow(try await NextRelease.relabelled(in: remote.control.directory), in: remote)
    }
}

/// The same with a release that really is another one: `KUBE_BIN_DIR_NEXT` names the folder with its binaries.
@Suite(
    .enabled(if: NextRelease.givenFolder != nil, "KUBE_BIN_DIR_NEXT is not given"),
    .fleet(FleetPlan(remotes: [FleetPlan.Remote(name: "eu-central", region: "eu")]))
)
struct UpgradeTests {
    @Test("The node's VERSION follows the cluster's upgrade to another release, and its pods run on", .rows(90, 91))
    func upgrade() async throws {
        let (remote, folder) = (Fleet.current.remote("eu-central"), try #require(NextRelease.givenFolder))
        try await follow(try await NextRelease.ask(folder: folder, scratch: remote.control.directory), in: remote)
    }
}

/// Upgrades a cluster's API server while it has pods.
private func follow(_ next: NextRelease, in remote: FleetCluster) async throws {
    try await TestSpace.with("upgrade") { space in
        let pod = Manifest.podSpec(Manifest.cluster(remote.name))
        try await space.apply(Manifest.deployment(replicas: 2, pod: pod))
        let before = try await space.running(2)
        let old = try await remote.client.version().gitVersion
        #expect(try await space.version(of: remote.name) == old)
        try await remote.control.upgrade(.apiserver, to: next.toolbox)
        #expect(try await remote.client.version().gitVersion == next.version)
        #expect(next.version != old)
        // Three times that is the two minutes that are promised.
        try await eventually("kubectl get nodes shows \(next.version)", within: .seconds(40)) {
            try await space.version(of: remote.name) == next.version
        }
        try await space.fleet.nodesReady()
        try await space.kubectl("scale", "deployment/web", "--replicas=3")
        let after = try await space.running(3)
        #expect(after.podUIDs.isSuperset(of: before.podUIDs))
        #expect(after.delegateUIDs.isSuperset(of: before.delegateUIDs))
    }
}

extension TestSpace {
    /// The column VERSION of a cluster's node.
    fileprivate func version(of node: String) async throws -> String {
        let line = try await origin.kubectl("get", "node", node, "--no-headers")
        let columns = line.split(whereSeparator: \.isWhitespace).map(String.init)
        try #require(columns.count == 5, "\(line)")
        return columns[4]
    }
}
