import KubeClient
import KubeModel
import Synchronization

/// A remote as one node: the sum of its nodes, its version, its health.
final class RemoteNodeSource: NodeSource {
    private struct State {
        var health: HealthTracker
        var version = ""
        var roundTrip: Duration?
        /// The sum over the nodes; nil when something changed since it was made.
        var sum: (capacity: ResourceList, allocatable: ResourceList)?
        /// Counts changes, so that a sum that was overtaken while it was made is not kept.
        var changes: UInt64 = 0
        var notify: (@Sendable () -> Void)?
    }

    let nodes = ObjectStore<RemoteNode>()
    let foreignPods = ObjectStore<ForeignPod>()
    private let state: Mutex<State>

    init(cluster: String) {
        state = Mutex(State(health: HealthTracker(cluster: cluster)))
        nodes.onChange { [weak self] _ in self?.invalidate() }
        foreignPods.onChange { [weak self] _ in self?.invalidate() }
    }

    func onNodeChange(_ notify: @escaping @Sendable () -> Void) {
        state.withLock { $0.notify = notify }
    }

    var isReachable: Bool { state.withLock { $0.health.health == .ready } }

    /// A list was answered or a watch was opened: what the cluster has may be known from now on.
    func listed() { invalidate() }

    var report: NodeReport {
        let sum = currentSum()
        let sample = nodes.objects.first { $0.isEligible }
        let isCounted = nodes.isSynced && foreignPods.isSynced
        return state.withLock { state in
            NodeReport(
                capacity: sum.capacity,
                allocatable: sum.allocatable,
                version: state.version,
                operatingSystem: sample?.operatingSystem ?? "linux",
                architecture: sample?.architecture ?? "amd64",
                health: state.health.health == .ready && !isCounted ? Self.uncounted : state.health.health,
                roundTrip: state.roundTrip
            )
        }
    }

    /// A node that is Ready with an amount that is not known yet would be overfilled, or passed over.
    private static let uncounted = NodeHealth.unknown(
        reason: "CapacityUnknown",
        message: "The cluster answers; its nodes and their pods have not been listed yet."
    )

    /// The remote answered a probe. Returns whether it had not been ready before.
    func answered(version: String, roundTrip: Duration) -> Bool {
        let (recovered, notify) = state.withLock { state in
            let recovered = state.health.succeeded()
            let isNews = recovered || state.version != version
            state.version = version
            state.roundTrip = roundTrip
            return (recovered, isNews ? state.notify : nil)
        }
        notify?()
        return recovered
    }

    /// The remote failed a probe.
    func failed(_ message: String) {
        let notify = state.withLock { state in state.health.failed(message) ? state.notify : nil }
        notify?()
    }

    private func invalidate() {
        let notify = state.withLock { state in
            state.sum = nil
            state.changes += 1
            return state.notify
        }
        notify?()
    }

    private func currentSum() -> (capacity: ResourceList, allocatable: ResourceList) {
        let (known, changes) = state.withLock { ($0.sum, $0.changes) }
        if let known { return known }
        let sum = CapacitySum.total(nodes: nodes.objects, foreign: foreignPods.objects)
        state.withLock { state in
            if state.changes == changes { state.sum = sum }
        }
        return sum
    }
}
