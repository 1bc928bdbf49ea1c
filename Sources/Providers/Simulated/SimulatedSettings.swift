package import KubeModel
import Synchronization

/// What a simulated node claims to be.
package struct SimulatedSettings: Sendable {
    /// What the node can take; capacity and allocatable are the same.
    package var resources: ResourceList
    /// How long a pod takes from its creation to Running.
    package var startDelay: Duration
    /// The node's address.
    package var hostAddress: String
    /// The second octet of the addresses that its pods get: 10.x.0.0/16.
    package var podNetwork: UInt8
    /// The version that it reports.
    package var version: String

    package init(
        resources: ResourceList,
        startDelay: Duration = .zero,
        hostAddress: String = "127.0.0.1",
        podNetwork: UInt8 = 244,
        version: String
    ) {
        self.resources = resources
        self.startDelay = startDelay
        self.hostAddress = hostAddress
        self.podNetwork = podNetwork
        self.version = version
    }

    /// The address of the pod with this number; after 65,024 pods they come again.
    func address(number: UInt64) -> String {
        let place = number % 65_024 + 256
        return "10.\(podNetwork).\(place / 256).\(place % 256)"
    }
}

/// A simulated node is always there; what it has changes only on command.
final class SimulatedNodeSource: NodeSource {
    private struct State {
        var report: NodeReport
        var observers: [@Sendable () -> Void] = []
    }

    private let state: Mutex<State>

    init(settings: SimulatedSettings) {
        let report = NodeReport(
            capacity: settings.resources,
            allocatable: settings.resources,
            version: settings.version,
            health: .ready
        )
        state = Mutex(State(report: report))
    }

    var report: NodeReport { state.withLock { $0.report } }

    var isReachable: Bool { true }

    func onNodeChange(_ notify: @escaping @Sendable () -> Void) { state.withLock { $0.observers.append(notify) } }
}
