import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

/// What the tests of faults have in common.
extension TestSpace {
    /// Applies a bare pod that is bound to a cluster and ends a second after it was asked to.
    func applyPod(_ name: String, on cluster: String) async throws {
        let members = Manifest.overlay(["terminationGracePeriodSeconds": 1], on: Manifest.cluster(cluster))
        try await apply(Manifest.pod(name, Manifest.podSpec(members)))
    }

    /// Asks for the end of a pod and does not wait for it.
    func deletePod(_ name: String) async throws {
        try await kubectl("delete", "pod", name, "--wait=false")
    }

    /// Takes a pod away at once, whatever still runs for it.
    func forceDeletePod(_ name: String) async throws {
        try await kubectl("delete", "pod", name, "--grace-period=0", "--force")
    }

    /// Applies a Deployment whose pods run anywhere but in one cluster.
    func applyDeployment(_ name: String, replicas: Int64, awayFrom cluster: String) async throws {
        let elsewhere = Manifest.affinity([Manifest.expression("kubernetes.io/hostname", "NotIn", [cluster])])
        try await apply(Manifest.deployment(name, replicas: replicas, pod: Manifest.podSpec(elsewhere)))
    }

    /// The delegates in a cluster, as its own API server has them, whatever the way to it is like.
    func delegates(in cluster: String) async throws -> [JSON] {
        try await fleet.remote(cluster).pods(in: name).filter { $0.podUID != nil }
    }

    /// Waits until the virtual node of a cluster says that it can't be reached, and why.
    func unreachable(_ cluster: String, within: Duration) async throws {
        let ready = try await eventually("the node \(cluster) says that it can't be reached", within: within) {
            try await fleet.node(cluster).condition("Ready")
        } until: {
            $0?["reason"]?.string == "RemoteUnreachable"
        }
        #expect(ready?["status"]?.string == "False")
        let message = ready?["message"]?.string ?? ""
        // What is wrong with the link comes after the colon.
        let words = message.components(separatedBy: "Cluster \(cluster) can't be reached: ")
        #expect(words.count == 2 && words.last?.isEmpty == false, "the message is '\(message)'")
    }

    /// Waits until the origin says of all virtual nodes that it has not heard of them: nobody renews their leases.
    func originGivesUpNodes() async throws {
        try await eventually("the origin has given up all nodes", within: .seconds(45)) {
            try await origin.list(.nodes).map { $0.condition("Ready")?["status"]?.string ?? "" }
        } until: { statuses in
            statuses.allSatisfy { $0 == "Unknown" }
        }
    }

    /// Waits until exactly these pods are left, each ready and with its delegate.
    @discardableResult
    func onlyRunning(_ names: Set<String>, within: Duration = .seconds(20)) async throws -> Snapshot {
        try await eventually("only \(names.sorted()) are left, ready, each with its delegate", within: within) {
            try await snapshot()
        } until: {
            $0.isRunning(names.count) && Set($0.pods.map(\.name)) == names
        }
    }
}

extension Snapshot {
    /// A pod of the snapshot and its delegate.
    func pair(_ name: String) throws -> (pod: JSON, delegate: JSON) {
        let pod = try #require(pods.first { $0.name == name })
        return (pod, try #require(delegates(of: pod).first))
    }
}

extension Fleet {
    /// Opens all ways, as a test that failed on the way may have left them otherwise.
    func openAll() async throws {
        for cluster in [origin] + remotes {
            try await cluster.relay.set(RelayConditions())
        }
    }

    /// Makes the ways to the remotes, in their order, as long as those from Rennes to sites, and uneven by as much again.
    func makeWaysUneven(to sites: [String]) async throws {
        for (remote, site) in zip(remotes, sites) {
            let roundTrip = try #require(RoundTripTable.mck8s.roundTrip("Rennes", site))
            var way = RelayConditions(roundTrip: roundTrip)
            way.jitter = roundTrip / 2
            try await remote.relay.set(way)
        }
    }

    /// Runs a test that spoils the ways to clusters, or ends martlet: whatever happens, the next one finds all in order.
    func repaired(after body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            try await openAll()
            try await martlet.start()
            throw error
        }
        try await openAll()
        try await martlet.start()
        try await nodesReady()
    }
}
