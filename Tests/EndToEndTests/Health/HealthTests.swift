import KubeModel
import Testbed
import Testing

/// Clusters that are lost, far away, or come and go, and an origin that forgets. What the tests break all the fleet
/// feels, so they come one after the other.
@Suite(.fleet(.impatient, lasting: .seconds(420)), .serialized)
struct HealthTests {}

extension FleetPlan {
    /// Where the martlet of that fleet serves its metrics, and says whether it is alive and ready.
    static let statusPort = APICalls.port(3)

    /// Three remotes, and an origin that evicts after some seconds rather than five minutes. One of the clusters holds
    /// its pods.
    static var impatient: FleetPlan {
        var plan = FleetPlan(remotes: [
            Remote(name: "us-east", region: "us"),
            Remote(name: "us-west", region: "us"),
            Remote(name: "eu-central", region: "eu", configuration: ["onLost": "hold"]),
        ])
        plan.origin.defaultTolerationSeconds = 8
        plan.arguments = ["--metrics-addr", "127.0.0.1:\(statusPort)"]
        return plan
    }
}
