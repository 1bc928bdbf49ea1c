import KubeClient
import KubeModel
import Lifecycle
import Observability
import Providers
import Synchronization

/// Tells pods what their instances' cluster says of those: each event once, its count kept in step, and no more than
/// the origin can bear.
///
/// What happens again while it waits is written once. Bounds: per pod 25 writes at once and then one in five minutes, as
/// client-go gives an object; per cluster 50 at once and then 5 per second; what finds too much waiting is dropped and
/// counted.
final class EventMirror: Sendable {
    private struct State {
        var waiting: [UID: InstanceEvent] = [:]
        var waitingOfPod: [UID: Int] = [:]
        /// Events that are known to be in the origin.
        var written = LeastRecentlyUsed<UID, InstanceEvent>(capacity: 4096)
        var budgets = LeastRecentlyUsed<UID, TokenBucket>(capacity: 4096)
        var clusterBudget = TokenBucket(qps: 5, burst: 50)
    }

    static let waitingLimit = 1024
    static let waitingLimitOfPod = 25
    private static let attempts = 5

    private let client: APIClient
    private let cluster: String
    private let pod: @Sendable (UID) -> Pod?
    private let queue: WorkQueue<UID>
    private let state = Mutex(State())
    private let elapsed: @Sendable () -> Duration
    private let written: Counter
    private let dropped: Counter
    private let logger: Logger

    /// - Parameters:
    ///   - cluster: the name of the instances' cluster, for who reads the events.
    ///   - pod: the pod with this UID.
    init(
        client: APIClient,
        cluster: String,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger,
        metrics: MetricsRegistry,
        pod: @escaping @Sendable (UID) -> Pod?
    ) {
        self.client = client
        self.cluster = cluster
        self.pod = pod
        self.logger = logger
        elapsed = Stopwatch.start(clock)
        queue = WorkQueue(name: "events-\(cluster)", labels: ["cluster": cluster], clock: clock, metrics: metrics)
        written = metrics.counter(
            "martlet_remote_events_written_total",
            help: "Events of remotes that were told to pods, or counted up.",
            labels: ["cluster": cluster]
        )
        dropped = metrics.counter(
            "martlet_remote_events_dropped_total",
            help: "Events of remotes that were not told to pods, because there were too many or they can't be written.",
            labels: ["cluster": cluster]
        )
    }

    /// Takes an event to be told. Does not block.
    func offer(_ event: InstanceEvent) {
        let isTaken = state.withLock { state in
            guard state.waiting[event.id] == nil else {
                state.waiting[event.id] = event
                return true
            }
            let ofPod = state.waitingOfPod[event.podUID] ?? 0
            guard state.waiting.count < Self.waitingLimit, ofPod < Self.waitingLimitOfPod else { return false }
            state.waiting[event.id] = event
            state.waitingOfPod[event.podUID] = ofPod + 1
            return true
        }
        if isTaken { queue.add(event.id) } else { dropped.increment() }
    }

    /// Writes until cancelled.
    func run() async throws {
        await queue.run(workers: 2) { await self.tell($0) }
        throw CancellationError()
    }

    private func tell(_ id: UID) async -> WorkQueue<UID>.Outcome {
        guard let event = state.withLock({ $0.waiting[id] }) else { return .done }
        guard let pod = pod(event.podUID), state.withLock({ $0.written[id] }) != event else {
            return end(event)
        }
        if let wait = takeBudget(of: event.podUID) { return .again(after: wait) }
        do {
            try await write(event, about: pod)
            written.increment()
            state.withLock { $0.written[id] = event }
            return end(event)
        } catch is CancellationError {
            return .done
        } catch {
            return failed(event, error)
        }
    }

    /// What came in the meantime is told next.
    private func end(_ event: InstanceEvent) -> WorkQueue<UID>.Outcome {
        let isLast = state.withLock { state in
            guard state.waiting[event.id] == event else { return false }
            state.waiting[event.id] = nil
            let left = (state.waitingOfPod[event.podUID] ?? 1) - 1
            state.waitingOfPod[event.podUID] = left > 0 ? left : nil
            return true
        }
        return isLast ? .done : .again(after: .zero)
    }

    /// An origin that does not take an event for long has worse troubles, or no namespace for it any more.
    private func failed(_ event: InstanceEvent, _ error: any Error) -> WorkQueue<UID>.Outcome {
        let isFinal = (error as? APIError).map { $0.disposition == .never || $0.disposition == .gone } ?? false
        guard isFinal || queue.failures(of: event.id) + 1 >= Self.attempts else { return .retry(error) }
        logger.debug("Event of the remote can't be told", ["reason": event.reason, "error": "\(error)"])
        dropped.increment()
        return end(event)
    }

    private func takeBudget(of pod: UID) -> Duration? {
        let now = elapsed()
        return state.withLock { state in
            var own = state.budgets[pod] ?? TokenBucket(qps: 1.0 / 300, burst: 25)
            let wait = max(own.take(now: now), state.clusterBudget.take(now: now))
            if wait > .zero {
                own.giveBack()
                state.clusterBudget.giveBack()
            }
            state.budgets[pod] = own
            return wait > .zero ? wait : nil
        }
    }

    private func write(_ event: InstanceEvent, about pod: Pod) async throws {
        let isKnown = state.withLock { $0.written[event.id] != nil }
        if isKnown, try await recount(event, about: pod) { return }
        let object = MirroredEvent.make(event, pod: pod, cluster: cluster)
        do {
            _ = try await client.create(.events, namespace: pod.key.namespace, object: object)
        } catch let error as APIError where error.code == .alreadyExists {
            // Told by an earlier process.
            _ = try await recount(event, about: pod)
        }
    }

    /// Returns whether the event was there: servers keep events for an hour or so.
    private func recount(_ event: InstanceEvent, about pod: Pod) async throws -> Bool {
        do {
            _ = try await client.patch(
                .events,
                namespace: pod.key.namespace,
                name: MirroredEvent.name(of: event, pod: pod, cluster: cluster),
                type: .strategicMerge,
                body: MirroredEvent.changes(event)
            )
            return true
        } catch let error as APIError where error.code == .notFound {
            return false
        }
    }
}
