import KubeModel
import Testbed
import Testing

/// What pods of virtual nodes use, seen from the origin: of a remote whose kubelets may be asked, and of one that has a
/// metrics API and lets nobody at its kubelets.
@Suite(.fleet(.metrics, lasting: .seconds(150)))
struct UsageTests {}

extension FleetPlan {
    fileprivate static let metrics = FleetPlan(
        remotes: [
            Remote(name: "us-east", region: "us", nodes: nodes, store: .ofOrigin, letsKubeletsBeAsked: true),
            Remote(name: "eu-central", region: "eu", nodes: nodes, store: .ofOrigin),
        ],
        origin: quickAutoscaler
    )

    private static let nodes = ClusterPlan.Nodes.simulated(HollowNodes.Shape(count: 2, hasKubelets: true))

    /// The stock HPA controller, which looks every two seconds instead of every fifteen.
    private static var quickAutoscaler: ControlPlaneSettings {
        var settings = ControlPlaneSettings()
        settings.flags[.controllerManager] = ["horizontal-pod-autoscaler-sync-period": "2s"]
        return settings
    }
}

extension Manifest {
    /// A Deployment whose simulated pods use this, and ask for a core each.
    static func busy(_ name: String, replicas: Int64, cpu: String, in cluster: String) -> JSON {
        let container: JSON = [
            "name": "main", "image": "registry.example/web:1", "resources": ["requests": ["cpu": "1"]],
        ]
        return deployment(
            name,
            replicas: replicas,
            annotations: load(cpu: cpu),
            pod: overlay(Manifest.cluster(cluster), on: ["containers": [container]])
        )
    }

    /// What makes a simulated node say that a pod uses this.
    static func load(cpu: String) -> JSON {
        ["simulated.martlet.dev/cpu": .string(cpu), "simulated.martlet.dev/memory": "64Mi"]
    }
}
