import KubeModel
import Testing

/// What becomes of the pods of a lost cluster that evicts.
struct LostCluster {
    let space: TestSpace
    let cluster: String

    /// Waits until a Deployment's pods run elsewhere. Those of the lost cluster wait for the proof of their end, and say
    /// so.
    ///
    /// - Returns: those that wait.
    func moved(_ app: String, replicas: Int) async throws -> [JSON] {
        let pods = try await eventually("the pods of \(app) run elsewhere", within: .seconds(45)) {
            try await space.origin.pods(in: space.name, labels: "app=\(app)")
        } until: { pods in
            let left = pods.filter { $0.nodeName == cluster }
            return pods.filter { $0.nodeName != cluster && $0.isReady && !$0.isTerminating }.count == replicas
                && left.allSatisfy { $0.isTerminating && $0.condition("martlet.dev/Reachable") != nil }
        }
        return pods.filter { $0.nodeName == cluster }
    }

    /// What keeps a container for some seconds after it was asked to end: a node that is Ready at once would be found so
    /// while what was given up still ends.
    static let slow: JSON = ["simulated.martlet.dev/stop-seconds": "8"]

    /// When the node is Ready again, what was given up meanwhile has ended.
    func truthBeforeReady() async throws {
        try await eventually("the lost cluster is back", within: .seconds(15)) {
            try await space.fleet.node(cluster).isReady
        }
        let delegates = try await space.delegates(in: cluster)
        let pods = Set(try await space.origin.pods(in: space.name).filter { !$0.isTerminating }.map(\.uid))
        #expect(delegates.allSatisfy { pods.contains($0.podUID ?? "") }, "a pod that runs elsewhere runs here too")
    }
}
