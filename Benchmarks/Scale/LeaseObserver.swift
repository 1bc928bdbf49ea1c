import KubeClient
import KubeModel
import Synchronization

/// Watches the nodes' leases in the origin, and remembers how long each was without renewal.
final class LeaseObserver: Sendable {
    private struct State {
        var last: [String: Duration] = [:]
        var gaps: [Double] = []
    }

    private let client: APIClient
    private let elapsed: @Sendable () -> Duration
    private let state = Mutex(State())

    init(_ client: APIClient, elapsed: @escaping @Sendable () -> Duration) {
        self.client = client
        self.elapsed = elapsed
    }

    /// Seconds between renewals, of all leases.
    var gaps: [Double] { state.withLock { $0.gaps } }

    /// Watches until cancelled.
    func run() async throws {
        try await client.follow(.leases, namespace: "kube-node-lease") { event in
            guard event.type == .modified, let name = event.object.at("metadata", "name")?.string else { return }
            let now = elapsed()
            state.withLock { state in
                if let last = state.last[name] { state.gaps.append((now - last) / .seconds(1)) }
                state.last[name] = now
            }
        }
    }
}
