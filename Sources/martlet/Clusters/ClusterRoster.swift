internal import VirtualNode

/// Decides which clusters start and stop when others are wanted than run.
///
/// A cluster that changed stops first and starts again as it is wanted then; the others are left alone. Each keeps the
/// kubelet ports that it has for as long as it runs, and a new one gets the lowest that are free: the origin's API server
/// knows the port from the node.
struct ClusterRoster {
    /// What to do about a cluster.
    enum Action: Equatable {
        case start(ClusterConfiguration)
        case stop(String)
    }

    private struct Running {
        let configuration: ClusterConfiguration
        var isStopping = false
    }

    private let firstPort: Int
    private var running: [String: Running] = [:]
    private var wanted: [ClusterConfiguration] = []

    /// - Parameter firstPort: the lowest kubelet port.
    init(firstPort: Int) {
        self.firstPort = firstPort
    }

    /// The names of the clusters that run, also of those that are about to stop, sorted.
    var names: [String] { running.keys.sorted() }

    /// Takes note of what is wanted from now on.
    ///
    /// - Parameter clusters: with names of their own; their ports are not looked at.
    mutating func want(_ clusters: [ClusterConfiguration]) -> [Action] {
        wanted = clusters
        let byName = Dictionary(clusters.map { ($0.name, $0) }) { first, _ in first }
        var actions: [Action] = []
        for name in names {
            guard let entry = running[name], !entry.isStopping else { continue }
            let isSame = byName[name]?.with(ports: entry.configuration.ports) == entry.configuration
            guard !isSame else { continue }
            running[name]?.isStopping = true
            actions.append(.stop(name))
        }
        return actions + startMissing()
    }

    /// Takes note that a cluster has stopped.
    mutating func stopped(_ name: String) -> [Action] {
        running[name] = nil
        return startMissing()
    }

    /// Whether a cluster was asked to stop.
    func isStopping(_ name: String) -> Bool { running[name]?.isStopping ?? false }

    /// The virtual nodes of a cluster that runs.
    func nodeNames(of name: String) -> [String] {
        running[name]?.configuration.nodeNames ?? []
    }

    /// The names that a cluster that runs takes: its own, and those of its virtual nodes.
    func takenNames(of name: String) -> [String] {
        running[name]?.configuration.takenNames ?? []
    }

    /// Whether a cluster is to run that has this virtual node, once it has stopped if it is about to.
    func isWanted(node name: String) -> Bool { wanted.contains { $0.nodeNames.contains(name) } }

    /// One that has a name which was another cluster's, or its virtual node's, waits until that one has stopped.
    private mutating func startMissing() -> [Action] {
        let taken = Set(running.values.flatMap(\.configuration.takenNames))
        let missing = wanted.filter { running[$0.name] == nil && taken.isDisjoint(with: $0.takenNames) }
        return missing.map { cluster in
            let cluster = cluster.with(ports: freePorts(cluster.virtualNodes.count))
            running[cluster.name] = Running(configuration: cluster)
            return .start(cluster)
        }
    }

    private func freePorts(_ count: Int) -> [Int] {
        let taken = Set(running.values.flatMap(\.configuration.ports))
        return Array((firstPort...).lazy.filter { !taken.contains($0) }.prefix(count))
    }
}
