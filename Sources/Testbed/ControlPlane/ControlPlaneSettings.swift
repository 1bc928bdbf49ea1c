/// What may differ from one control plane to another. The defaults are Kubernetes' own unless said otherwise.
package struct ControlPlaneSettings: Sendable {
    /// The folder of its Kubernetes binaries, where they are of another release than the testbed's; nil for those. Real
    /// nodes have the testbed's kubelet either way.
    package var binaries: String?
    /// How often the node controller looks at the nodes. Shorter than Kubernetes' 5 s.
    package var nodeMonitorPeriod: Duration = .seconds(1)
    /// How long a node may be silent before it is marked as unknown.
    package var nodeMonitorGracePeriod: Duration = .seconds(40)
    /// How long pods that say nothing themselves tolerate a node that is not ready or cannot be reached.
    package var defaultTolerationSeconds = 300
    /// The calls per second that each controller and the scheduler may make. Kubernetes' 20 and 50 would hide what a
    /// test measures, and make the controllers alone take four seconds to start.
    package var clientCallsPerSecond = 300
    package var serviceAddresses = "10.96.0.0/16"
    /// Further names and addresses in the API server's certificate.
    package var serverNames: [String] = []
    /// Flags per component, without dashes; they win over the testbed's own.
    package var flags: [Component: [String: String]] = [:]
    /// Environment variables for the components, over the harness's own. The API server collects garbage at half the
    /// usual rate, which saves a quarter of the processor time of its start for a third more memory.
    package var environment: [Component: [String: String]] = [.apiserver: ["GOGC": "200"]]
    /// How long a component may take to become ready: generous, because six control planes may start at a time.
    package var startBound: Duration = .seconds(180)

    package init() {}
}
