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
        var nodes = HollowNodes.Shape(count: 3)
        var settings = ControlPlaneSettings()
        var store = ClusterPlan.Store.own
    }

    var remotes: [Remote]
    var origin = ControlPlaneSettings()
    /// Further arguments for martlet.
    var arguments: [String] = []

    /// Three remotes in two regions, three nodes of 32 processors each.
    static let standard = FleetPlan(remotes: [
        Remote(name: "us-east", region: "us", zone: "us-east-a"),
        Remote(name: "us-west", region: "us", zone: "us-west-a"),
        Remote(name: "eu-central", region: "eu"),
    ])

    /// The clusters, each with a relay before its API server.
    var testbed: TestbedPlan {
        TestbedPlan(
            origin: ClusterPlan(name: "origin", way: RelayConditions(), settings: origin),
            remotes: remotes.map { remote in
                ClusterPlan(
                    name: remote.name,
                    nodes: .simulated(remote.nodes),
                    store: remote.store,
                    way: RelayConditions(),
                    settings: remote.settings
                )
            }
        )
    }
}
