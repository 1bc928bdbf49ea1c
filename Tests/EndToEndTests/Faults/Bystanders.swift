import KubeClient
import KubeModel

/// What a fault of one cluster must not move: the other clusters' nodes, pods and delegates.
struct Bystanders: Equatable, CustomStringConvertible {
    /// What each of them says, but for heartbeats.
    private let words: [String]

    var description: String { words.joined(separator: "\n") }

    /// The same without the delegates.
    var inOrigin: [String] { words.filter { !$0.hasPrefix("delegate ") } }

    /// Whether all that is said here is said there too.
    func isPart(of other: Bystanders) -> Bool { Set(words).isSubset(of: other.words) }

    /// As they are now, the pods of a namespace: everything but what belongs to the cluster at fault, if there is one.
    static func look(in space: TestSpace, without cluster: String? = nil) async throws -> Bystanders {
        let nodes = try await space.origin.list(.nodes).filter { $0.name != cluster }
        let snapshot = try await space.snapshot()
        let pods = snapshot.pods.filter { $0.nodeName != cluster }
        let delegates = snapshot.delegates.filter { $0.cluster != cluster }.map(\.object)
        let words =
            nodes.map { "node \($0.name) \($0.uid) \($0.steadyConditions) \($0.taintKeys)" }
            + pods.map { "pod \($0.name) \($0.uid) \($0.phase) \($0.steadyConditions)" }
            + delegates.map { "delegate \($0.name) \($0.uid) \($0.resourceVersion)" }
        return Bystanders(words: words.sorted())
    }
}

extension JSON {
    var resourceVersion: String { at("metadata", "resourceVersion")?.string ?? "" }

    /// The object's conditions without the times of heartbeats.
    fileprivate var steadyConditions: [String] {
        (at("status", "conditions")?.array ?? [])
            .map { condition in
                ["type", "status", "reason", "lastTransitionTime"].map { condition[$0]?.string ?? "" }
                    .joined(separator: " ")
            }
            .sorted()
    }

    /// The keys of the node's taints, in order.
    var taintKeys: [String] {
        (at("spec", "taints")?.array ?? []).compactMap { $0["key"]?.string }.sorted()
    }
}
