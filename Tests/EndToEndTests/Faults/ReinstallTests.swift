import Foundation
import KubeClient
import KubeModel
import Synchronization
import Testbed
import Testing

extension FaultTests {
    /// martlet is taken out of the origin, with all that it kept there, and comes back as another installation.
    @Suite struct ReinstallTests {}
}

extension FaultTests.ReinstallTests {
    @Test(
        "Uninstalled and installed anew, martlet takes the delegates over as they are, and makes up for what it missed",
        .rows(67)
    )
    func reinstalled() async throws {
        try await TestSpace.with("reinstalled") { space in
            let fleet = space.fleet
            try await fleet.repaired {
                await fleet.martlet.stop()
                let first = try await fleet.install("first")
                let before = try await withCleanUp({ await first.kill() }) {
                    try await first.start()
                    try await fleet.nodesReady()
                    for cluster in Self.clusters {
                        for name in ["kept", "deleted", "forced"] {
                            try await space.applyPod("\(name)-\(cluster)", on: cluster)
                        }
                    }
                    return try await space.running(6, within: .seconds(20))
                }
                #expect(first.logText().contains("Became leader"))
                let nodes = try await Self.nodes(of: fleet)
                try await fleet.uninstall()
                let delegates = Delegates()
                try await delegates.following(Self.clusters, in: space) {
                    try await gap(in: space, before)
                    let after = try await reinstall(in: space)
                    try expectTakenOver(before, after)
                    try await delegates.areKnown(after)
                }
                #expect(delegates.doubled == [])
                let anew = try await Self.nodes(of: fleet)
                #expect(anew["us-east"] == nodes["us-east"])
                #expect(anew["us-west"] != nodes["us-west"])
            }
        }
    }

    private static let clusters = ["us-east", "us-west"]

    private static func nodes(of fleet: Fleet) async throws -> [String: UID] {
        var uids: [String: UID] = [:]
        for cluster in clusters { uids[cluster] = try await fleet.node(cluster).uid }
        return uids
    }

    /// What happens while nobody looks. The Node that goes is back before the origin's garbage collector takes its pods,
    /// which it leaves alone for forty seconds.
    private func gap(in space: TestSpace, _ before: Snapshot) async throws {
        for cluster in Self.clusters {
            try await space.deletePod("deleted-\(cluster)")
            try await space.forceDeletePod("forced-\(cluster)")
            try await space.applyPod("new-\(cluster)", on: cluster)
        }
        let now = try await space.snapshot()
        #expect(now.delegateUIDs == before.delegateUIDs)
        #expect(now.delegates.allSatisfy { !$0.object.isTerminating })
        try await space.origin.kubectl("delete", "node", "us-west")
    }

    /// Another installation comes, does its work, and stops.
    private func reinstall(in space: TestSpace) async throws -> Snapshot {
        let second = try await space.fleet.install("second")
        return try await withCleanUp({ await second.stop() }) {
            try await second.start()
            let names = Self.clusters.flatMap { ["kept-\($0)", "new-\($0)"] }
            let after = try await space.onlyRunning(Set(names), within: .seconds(40))
            try await space.fleet.nodesReady()
            #expect(second.logText().contains("Became leader"))
            return after
        }
    }

    private func expectTakenOver(_ before: Snapshot, _ after: Snapshot) throws {
        for cluster in Self.clusters {
            let (old, kept) = (try before.pair("kept-\(cluster)"), try after.pair("kept-\(cluster)"))
            #expect(kept.pod.uid == old.pod.uid)
            #expect(kept.delegate.uid == old.delegate.uid)
            // When its containers started, and how often.
            #expect(kept.delegate.at("status", "containerStatuses") == old.delegate.at("status", "containerStatuses"))
            #expect(kept.pod.at("status", "containerStatuses") == old.pod.at("status", "containerStatuses"))
            #expect(kept.delegate.restarts == 0)
            #expect(try after.pair("new-\(cluster)").delegate.restarts == 0)
        }
    }
}

extension Fleet {
    /// Makes another installation of martlet for the same clusters, as an operator would with empty hands: rights and
    /// credentials made anew, a folder, serving certificates and a log of its own, and an election in its namespace. It
    /// does not run yet.
    fileprivate func install(_ name: String) async throws -> MartletProcess {
        let kubeconfig = try await origin.control.admitMartlet(rights: Self.originRights, via: origin.relay.endpoint)
        let folder = URL(fileURLWithPath: configuration).deletingLastPathComponent().appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        var settings = try JSON.parse(try String(contentsOfFile: configuration, encoding: .utf8))
        let address = try #require(settings.at("node", "address")?.string)
        let files = try KubeletCertificate(address: address, authority: origin.control.authority, directory: folder)
        settings["origin"] = ["kubeconfig": .string(kubeconfig)]
        settings["kubelet"] = [
            "listenAddress": .string(address), "certificate": .string(files.certificate),
            "privateKey": .string(files.key),
        ]
        settings["clusterFiles"] = nil
        let file = "\(folder)/martlet.yaml"
        try settings.text.write(toFile: file, atomically: true, encoding: .utf8)
        let arguments = ["--config", file, "--leader-elect-namespace", "martlet"]
        return martlet.twin(log: "\(folder)/martlet.log", arguments: arguments)
    }

    /// Takes away what an installation has in the origin besides its Nodes: its namespace with the lease of the leader,
    /// its account and rights, and the leases of its nodes.
    fileprivate func uninstall() async throws {
        try await origin.kubectl("delete", "--filename", Self.originRights, "--ignore-not-found")
        try await origin.kubectl("--namespace", "kube-node-lease", "delete", "leases", "--all")
        #expect(try await origin.find(.namespaces, "martlet") == nil)
    }

    private static var originRights: String { "\(FleetRun.checkout)/docs/rbac/origin.yaml" }
}

/// All delegates that there ever were in some clusters, while they were followed.
private final class Delegates: Sendable {
    private let seen = Mutex<[String: Set<UID>]>([:])

    /// The names of pods that had more than one delegate.
    var doubled: [String] { seen.withLock { seen in seen.filter { $0.value.count > 1 }.keys.sorted() } }

    /// Follows those of a test's namespace while a body does something.
    func following(_ clusters: [String], in space: TestSpace, _ body: () async throws -> Void) async throws {
        for delegate in try await space.snapshot().delegates { note(delegate.object) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for cluster in clusters {
                let client = space.fleet.remote(cluster).client
                let watch = try await PodWatch.start(in: space, client: client) { [self] in note($0) }
                group.addTask { try await watch.run() }
            }
            try await body()
            group.cancelAll()
        }
    }

    /// Waits until all delegates of a snapshot have been seen, which proves that somebody looked.
    func areKnown(_ snapshot: Snapshot) async throws {
        try await eventually("all delegates have been seen") {
            let all = seen.withLock { seen in seen.values.reduce(into: Set<UID>()) { $0.formUnion($1) } }
            return snapshot.delegateUIDs.isSubset(of: all)
        }
    }

    private func note(_ delegate: JSON) {
        seen.withLock { _ = $0[delegate.name, default: []].insert(delegate.uid) }
    }
}
