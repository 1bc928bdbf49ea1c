import Foundation
import KubeModel
import Testbed

/// The demo's clusters with martlet between them, and the looks that the demo takes at them.
struct DemoFleet: Sendable {
    let bed: Testbed
    let martlet: MartletProcess
    /// The path of martlet's configuration file.
    let configuration: String
    let narrator: Narrator
    /// Where the example manifests are.
    let examples: String

    /// The remotes and their regions, in the order in which they are shown.
    static let regions = [("us-east", "us"), ("us-west", "us"), ("eu-central", "eu")]

    static var plan: TestbedPlan {
        TestbedPlan(
            remotes: regions.map { name, _ in ClusterPlan(name: name, nodes: .real, store: .ofOrigin, relay: true) }
        )
    }

    /// Runs kubectl in the origin and shows it.
    func show(_ arguments: String...) async throws {
        let output = try await bed.origin.controlPlane.kubectl(arguments, deadline: .seconds(180)).checked().output
        narrator.command("kubectl \(arguments.joined(separator: " "))", output: output)
    }

    /// Runs kubectl in a remote and shows it.
    func show(in remote: String, _ arguments: String...) async throws {
        let output = try await bed.remote(remote).controlPlane.kubectl(arguments).checked().output
        narrator.command("kubectl --kubeconfig \(remote) \(arguments.joined(separator: " "))", output: output)
    }

    /// Shows the pods of the origin, and beside them those of each remote.
    func showPods() async throws {
        try await show("get", "pods", "-o", "wide")
        for (name, _) in Self.regions { try await show(in: name, "get", "pods") }
    }

    /// Waits for a condition and says that it holds, with the time that it took.
    ///
    /// - Throws: ``DemoError`` with what was seen last when the bound has passed.
    func check(
        _ what: String,
        within bound: Duration = .seconds(120),
        _ look: () async throws -> Look
    ) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        while true {
            let seen = try await look()
            if seen.holds {
                narrator.checked(what, after: start.duration(to: clock.now))
                return
            }
            guard clock.now < start + bound else {
                throw DemoError(description: "\(what): not within \(bound); last seen: \(seen.description)")
            }
            try await clock.sleep(for: .milliseconds(200))
        }
    }

    /// The outcome of a look: whether it is as it should be, and what was seen.
    struct Look {
        let holds: Bool
        let description: String
    }

    /// The pods of an app in the origin.
    func pods(of app: String) async throws -> [JSON] { try await pods(of: app, in: bed.origin) }

    /// The delegates of an app in each remote.
    func delegates(of app: String) async throws -> [String: [JSON]] {
        var result: [String: [JSON]] = [:]
        for (name, _) in Self.regions { result[name] = try await pods(of: app, in: bed.remote(name)) }
        return result
    }

    private func pods(of app: String, in cluster: TestbedCluster) async throws -> [JSON] {
        let output = try await cluster.kubectl("get", "pods", "-l", "app=\(app)", "-o", "json")
        return try JSON.parse(output)["items"]?.array ?? []
    }

    /// Looks whether exactly so many pods of an app are ready, each on the node whose cluster runs its delegate.
    func looksReady(_ app: String, count: Int, regions allowed: Set<String>) async throws -> Look {
        let pods = try await pods(of: app).filter { $0.at("metadata", "deletionTimestamp") == nil }
        let ready = pods.filter(\.isReadyPod)
        let delegates = try await delegates(of: app)
        let places = delegates.mapValues { $0.filter { $0.at("metadata", "deletionTimestamp") == nil }.count }
        let isMatched = pods.allSatisfy { pod in
            let node = pod.at("spec", "nodeName")?.string ?? ""
            return delegates[node]?.contains { $0.at("metadata", "name") == pod.at("metadata", "name") } ?? false
        }
        let inside = Self.regions.filter { allowed.contains($0.1) }.map(\.0)
        let isSpread = places.allSatisfy { inside.contains($0.key) ? $0.value >= 1 : $0.value == 0 }
        let counts = places.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return Look(
            holds: pods.count == count && ready.count == count && isMatched && isSpread
                && places.values.reduce(0, +) == count,
            description: "\(ready.count) of \(pods.count) pods ready; delegates: \(counts)"
        )
    }
}

extension JSON {
    /// Whether this pod's Ready condition is true.
    var isReadyPod: Bool {
        (at("status", "conditions")?.array ?? []).contains { $0["type"] == "Ready" && $0["status"] == "True" }
    }
}
