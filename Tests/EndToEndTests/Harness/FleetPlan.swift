import KubeModel
import Testbed

/// What a fleet is made of: an origin, remotes with simulated nodes, and the real martlet between them.
struct FleetPlan: Sendable {
    /// A remote cluster and what martlet is told of it.
    struct Remote: Sendable {
        var name: String
        var region: String
        /// nil for martlet's default: the cluster is a zone of its own.
        var zone: String?
        /// Further members of the cluster's entry in the configuration file, by their keys ("labels", "taints", "limits").
        var configuration: JSONObject = [:]
        var nodes = ClusterPlan.Nodes.simulated(count: 3)
        var settings = ControlPlaneSettings()
        var store = ClusterPlan.Store.own
        /// Objects of the cluster as a whole that are there before martlet is.
        var objects: [JSON] = []
        /// Whether martlet may ask its kubelets what pods use.
        var letsKubeletsBeAsked = false
        /// Whether martlet is told of it by its configuration file.
        var isConfigured = true
    }

    var remotes: [Remote]
    var origin = ControlPlaneSettings()
    /// Further arguments for martlet.
    var arguments: [String] = []
    /// Whether the origin has nodes of its own and a second martlet runs the other way: the first remote is its origin,
    /// the origin its only remote.
    var isPeering = false
    /// Whether no other fleet runs beside it: for those that need both processors for themselves.
    var isAlone = false
    /// Whether the kubelet endpoints ask the origin for their certificates, which somebody has to approve, and keep them
    /// in the run's folder.
    var asksForCertificates = false

    /// Three remotes in two regions, three nodes of 32 processors each.
    static let standard = FleetPlan(
        remotes: [
            Remote(name: "us-east", region: "us", zone: "us-east-a"),
            Remote(name: "us-west", region: "us", zone: "us-west-a"),
            Remote(name: "eu-central", region: "eu"),
        ],
        arguments: ["--cluster-secrets-namespace", secretsNamespace]
    )

    /// The folder beside the configuration file in which kubeconfigs bring clusters.
    static let kubeconfigFolder = "kubeconfigs"

    /// Where Secrets of the origin bring clusters.
    static let secretsNamespace = "clusters"

    /// Two remotes in two regions, each with one node that runs real containers: kubelets whose probes and grace periods are
    /// tested can't share two processors with the clusters of another fleet. Pods may have their host's network: tests
    /// reach such pods without a way into the pod network. In eu-central they are somebody to its API server.
    static let realContainers = FleetPlan(
        remotes: [("us-east", "us", "none"), ("eu-central", "eu", "remote")].map { name, region, accounts in
            Remote(
                name: name,
                region: region,
                configuration: [
                    "pods": ["policies": ["hostNetwork": "allow"]], "serviceAccounts": .string(accounts),
                ],
                nodes: .real,
                settings: .withEphemeralContainers,
                store: .ofOrigin,
                letsKubeletsBeAsked: true
            )
        },
        origin: .withEphemeralContainers,
        isAlone: true
    )

    /// The same beside another fleet: for tests of which none hangs on a probe or on how long a container takes to end.
    static let realContainersBesideOthers: FleetPlan = {
        var plan = FleetPlan.realContainers
        plan.isAlone = false
        return plan
    }()

    /// Five remotes of one size in two regions, a hundred nodes each: 500 heartbeats, which would make the leases of
    /// other fleets late. Its martlet logs in JSON.
    static let fiveOfAHundred = FleetPlan(
        remotes: (1...5).map { number in
            Remote(
                name: "member-\(number)",
                region: number <= 2 ? "us" : "eu",
                nodes: .simulated(count: 100),
                store: .ofOrigin
            )
        },
        arguments: ["--logging-format", "json"],
        isAlone: true
    )

    /// Two clusters that serve each other.
    static let peers = FleetPlan(
        remotes: [Remote(name: "peer", region: "eu", store: .ofOrigin)],
        isPeering: true
    )

    /// What of docs/rbac the origin's part of this configuration needs beside origin.yaml.
    var furtherRights: [String] {
        let isWithTokens = remotes.contains { $0.configuration["serviceAccounts"] == "origin" }
        let isWithAnnotations = remotes.contains { $0.configuration["annotationsFromDelegates"] != nil }
        return (isWithTokens ? ["origin-tokens.yaml"] : []) + (isWithAnnotations ? ["origin-annotations.yaml"] : [])
    }

    /// How many passes of ``FleetGate/shared`` it takes: one for two clusters.
    var passes: Int { (remotes.count + 2) / 2 }

    /// The clusters, each with a relay before its API server.
    var testbed: TestbedPlan {
        TestbedPlan(
            origin: ClusterPlan(
                name: "origin",
                nodes: isPeering ? .simulated(count: 3) : .none,
                way: RelayConditions(),
                settings: origin
            ),
            remotes: remotes.map { remote in
                ClusterPlan(
                    name: remote.name,
                    nodes: remote.nodes,
                    store: remote.store,
                    way: RelayConditions(),
                    settings: remote.settings
                )
            }
        )
    }
}
