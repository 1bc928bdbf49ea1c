import KubeModel

/// The pods of a test and their delegates, as both sides are now.
struct Snapshot: CustomStringConvertible {
    /// A pod in a remote.
    struct Delegate {
        let cluster: String
        let object: JSON
    }

    let pods: [JSON]
    let delegates: [Delegate]

    /// The delegates of a pod: there should be one.
    func delegates(of pod: JSON) -> [JSON] {
        delegates.map(\.object).filter { $0.podUID == pod.uid }
    }

    /// Whether each pod has exactly one delegate, in the cluster that its node stands for, and each delegate a pod.
    var isOneToOne: Bool {
        let pairs = Set(pods.map { "\($0.uid) \($0.nodeName)" })
        let delegated = delegates.map { "\($0.object.podUID ?? "") \($0.cluster)" }
        return pairs.count == pods.count && pairs == Set(delegated) && delegated.count == pods.count
    }

    /// Whether exactly so many pods are there, all ready, each with its delegate.
    func isRunning(_ count: Int) -> Bool {
        pods.count == count && isOneToOne && pods.allSatisfy { $0.isReady && !$0.isTerminating }
            && delegates.allSatisfy { $0.object.isReady }
    }

    /// Whether nothing is left on either side.
    var isEmpty: Bool { pods.isEmpty && delegates.isEmpty }

    /// How many delegates each cluster has; clusters without any are left out.
    var counts: [String: Int] {
        Dictionary(grouping: delegates, by: \.cluster).mapValues(\.count)
    }

    /// The UIDs of all delegates.
    var delegateUIDs: Set<UID> { Set(delegates.map(\.object.uid)) }

    /// The UIDs of all pods.
    var podUIDs: Set<UID> { Set(pods.map(\.uid)) }

    var description: String {
        let pods = pods.map { "\($0.name) on '\($0.nodeName)' \(Self.state($0))" }
        let delegates = delegates.map { "\($0.object.name) in \($0.cluster) \(Self.state($0.object))" }
        return "pods: \(pods.sorted()); delegates: \(delegates.sorted())"
    }

    private static func state(_ pod: JSON) -> String {
        let reasons = [pod.condition("martlet.dev/Delegated"), pod.condition("PodScheduled")]
            .compactMap { $0 }
            .filter { $0["status"]?.string == "False" }
            .map { "(\($0["reason"]?.string ?? ""): \($0["message"]?.string ?? ""))" }
        let words = [pod.phase, pod.isReady ? "ready" : "", pod.isTerminating ? "terminating" : ""] + reasons
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }
}
