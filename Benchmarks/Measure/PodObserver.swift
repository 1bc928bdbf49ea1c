import KubeClient
import Lifecycle
import Synchronization

/// Watches the pods of the benchmark's namespace in one cluster and remembers when each reached each state.
///
/// All observers share one monotonic clock, so that a time in one cluster can be taken from a time in the other.
final class PodObserver: Service {
    private struct State {
        var observations = PodObservations()
        var changes: AsyncStream<Void>.Continuation?
    }

    let cluster: String
    private let client: APIClient
    private let elapsed: @Sendable () -> Duration
    private let state = Mutex(State())

    /// - Parameter elapsed: the time since the benchmark's start.
    init(_ client: APIClient, elapsed: @escaping @Sendable () -> Duration) {
        cluster = client.cluster
        self.client = client
        self.elapsed = elapsed
    }

    var observations: PodObservations { state.withLock { $0.observations } }

    /// Watches until cancelled.
    func run() async throws {
        try await client.follow(.pods, namespace: Workload.namespace) { event in
            let now = elapsed()
            let changes = state.withLock { state in
                state.observations.note(event, at: now)
                return state.changes
            }
            changes?.yield()
        }
    }

    /// Forgets the pods of the last trial.
    func reset() {
        state.withLock { $0.observations = PodObservations() }
    }

    /// Waits until the observations are as wanted. One caller at a time.
    ///
    /// - Parameter isReached: a quick look, taken under the lock: a copy would make the next event copy everything.
    /// - Throws: `BenchmarkError` when `limit` has passed.
    func wait(
        for what: String,
        limit: Duration,
        until isReached: @escaping @Sendable (PodObservations) -> Bool
    ) async throws {
        // One unread change is as good as many: each look is at the whole state.
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.changes = continuation }
        continuation.yield()
        do {
            try await withTimeout(limit) {
                for await _ in stream where self.state.withLock({ isReached($0.observations) }) { return }
                throw CancellationError()
            }
        } catch is TimeoutError {
            throw BenchmarkError("\(what) in \(cluster): not within \(limit)")
        }
    }
}
