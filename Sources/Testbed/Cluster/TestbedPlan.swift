/// The clusters that a testbed is to have.
package struct TestbedPlan: Sendable {
    /// The cluster whose API the user talks to.
    package var origin: ClusterPlan
    /// The clusters that run pods for it.
    package var remotes: [ClusterPlan]
    /// Where the run keeps its files: a directory that is empty or does not exist. nil for a place of its own.
    package var stateDirectory: String?
    /// Whether the files, the logs above all, are left when the testbed stops.
    package var keepsFiles: Bool

    package init(
        origin: ClusterPlan = ClusterPlan(name: "origin"),
        remotes: [ClusterPlan] = [],
        stateDirectory: String? = nil,
        keepsFiles: Bool = false
    ) {
        self.origin = origin
        self.remotes = remotes
        self.stateDirectory = stateDirectory
        self.keepsFiles = keepsFiles
    }

    var clusters: [ClusterPlan] { [origin] + remotes }

    /// Checks what can be checked before anything is started.
    ///
    /// - Throws: `TestbedError` `.plan`.
    func validate() throws(TestbedError) {
        var names: Set<String> = []
        for name in clusters.map(\.name) {
            guard Self.isLabel(name) else {
                throw TestbedError(
                    .plan,
                    "'\(name)' cannot name a cluster: lower-case letters, digits and '-', 1 to 40 of them"
                )
            }
            guard names.insert(name).inserted else {
                throw TestbedError(.plan, "two clusters are named '\(name)'")
            }
        }
    }

    private static func isLabel(_ name: String) -> Bool {
        let isMadeOf = name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
        return isMadeOf && (1...40).contains(name.utf8.count) && name.first != "-" && name.last != "-"
    }
}

/// One cluster of a testbed.
package struct ClusterPlan: Sendable {
    /// What runs the cluster's pods.
    package enum Nodes: Sendable {
        /// Nothing: pods stay Pending, unless virtual nodes come.
        case none
        /// martlet's own virtual-node code with pods that run nothing.
        case simulated(HollowNodes.Shape)
        /// Kubelets and containerds in namespaces of their own; takes root.
        case real(count: Int, labels: [String: String] = [:])

        package static func simulated(count: Int) -> Nodes { .simulated(HollowNodes.Shape(count: count)) }
        package static var real: Nodes { .real(count: 1) }
    }

    /// Where the cluster keeps its state.
    package enum Store: Sendable {
        /// In an etcd of its own, which can fail alone.
        case own
        /// In the origin's etcd, under a prefix of its own: 50 MB less memory.
        case ofOrigin
    }

    package var name: String
    package var nodes: Nodes
    package var store: Store
    /// What the way to the cluster's API server is like; nil for no relay in front of it.
    package var way: RelayConditions?
    package var settings: ControlPlaneSettings

    /// - Parameter relay: whether a relay stands in front of the API server, with no delay at first.
    package init(
        name: String,
        nodes: Nodes = .none,
        store: Store = .own,
        relay: Bool = false,
        settings: ControlPlaneSettings = ControlPlaneSettings()
    ) {
        self.init(name: name, nodes: nodes, store: store, way: relay ? RelayConditions() : nil, settings: settings)
    }

    package init(
        name: String,
        nodes: Nodes = .none,
        store: Store = .own,
        way: RelayConditions?,
        settings: ControlPlaneSettings = ControlPlaneSettings()
    ) {
        self.name = name
        self.nodes = nodes
        self.store = store
        self.way = way
        self.settings = settings
    }
}
