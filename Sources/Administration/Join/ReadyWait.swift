package import KubeClient
package import KubeModel
import Lifecycle
import Synchronization
import VirtualNode

/// Waits until martlet serves a cluster and its nodes are Ready.
package struct ReadyWait: Sendable {
    private let nodes: [String]
    private let remoteID: UID
    private let origin: APIClient

    package init(nodes: [String], remoteID: UID, origin: APIClient) {
        self.nodes = nodes
        self.remoteID = remoteID
        self.origin = origin
    }

    /// - Throws: ``NotReady`` with the last that a node said; `APIError`, `CancellationError`.
    package func run(within limit: Duration, report: Report) async throws {
        let names = nodes.joined(separator: ", ")
        report.note("Waiting for node \(names) to be Ready")
        let last = Mutex("")
        do {
            try await Patience(limit: limit).wait {
                let problem = try await problem()
                let isNews = last.withLock { last in
                    defer { last = problem ?? "" }
                    return last != problem
                }
                if isNews, let problem { report.note("  \(problem)") }
                return problem == nil ? () : nil
            }
        } catch is TimeoutError {
            throw NotReady(nodes: names, problem: last.withLock { $0 }, limit: limit)
        }
        for node in nodes { report.done("node/\(node) is Ready in the origin") }
    }

    /// What is missing of the first node that is not as it shall be; nil where all are.
    private func problem() async throws -> String? {
        for name in nodes {
            let node = try await origin.find(.nodes, name: name)
            guard let problem = Self.problem(of: node, remoteID: remoteID) else { continue }
            return nodes.count > 1 ? "\(name): \(problem)" : problem
        }
        return nil
    }

    private static let nobody =
        "there is no such node: does martlet run, and with clusterSecrets.namespace set to the Secret's namespace?"

    /// What is missing; nil for a node that is Ready and stands for this remote.
    static func problem(of node: JSON?, remoteID: UID) -> String? {
        guard let node else { return nobody }
        let known = node.at("metadata", "annotations", NodeKeys.remoteID)?.string
        guard known == remoteID else { return "it does not say yet which cluster it stands for" }
        let lost = NodeCondition(NodeKeys.clusterLost, of: node)
        let ready = NodeCondition("Ready", of: node)
        guard lost == nil, ready?.status == "True" else {
            let said = lost ?? ready
            return "\(said?.reason ?? "not Ready"): \(said?.message ?? "nothing is said of it yet")"
        }
        return nil
    }
}

/// The nodes of a cluster did not become Ready in time. What was made stays.
package struct NotReady: Error, CustomStringConvertible {
    let nodes: String
    let problem: String
    let limit: Duration

    package var description: String {
        "node \(nodes) is not Ready after \(limit): \(problem). What was made stays; martlet goes on to try"
    }
}
