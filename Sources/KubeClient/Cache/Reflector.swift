package import KubeModel
import Lifecycle
package import Observability

/// Keeps an `ObjectStore` like a collection of an API server: lists, then watches, for ever.
///
/// The rules are those of client-go's Reflector, in `ReflectorPlan`. Runs until cancelled; failures are told to
/// `onState`, counted and retried. It goes on from where the store is, so that a new reflector for the same store does
/// not go back in time.
package struct Reflector<Object: KubeObject>: Service {
    let client: APIClient
    let resource: Resource
    let namespace: String?
    let labelSelector: String?
    let fieldSelector: String?
    let store: ObjectStore<Object>
    let clock: any Clock<Duration>
    let logger: Logger
    let counters: ReflectorCounters
    let undecodable = UndecodableReports()
    let elapsed: @Sendable () -> Duration
    private let startsWithNewest: Bool
    private let distrustsStore: Bool
    private let need: Latch?
    private let random: any RandomNumberGenerator & Sendable
    private let onState: @Sendable (ReflectorState) -> Void

    private static var backoff: Backoff { Backoff(base: .milliseconds(800), cap: .seconds(30), factor: 2, jitter: 1) }

    /// - Parameters:
    ///   - namespace: nil for all.
    ///   - startsWithNewest: the first list is a quorum read instead of what the server has at hand, which may lag:
    ///     for those who conclude from absence.
    ///   - distrustsStore: the same although the store has objects already: what the server has at hand may be as old.
    ///   - need: opened by who will have to know of changes; until then a collection that is found empty is not watched,
    ///     which saves a connection. Nil for those who have to know from the start.
    ///   - random: for the jitter and the length of watches.
    ///   - onState: called from the reflector's task; must not block.
    package init(
        client: APIClient,
        resource: Resource,
        namespace: String? = nil,
        labelSelector: String? = nil,
        fieldSelector: String? = nil,
        store: ObjectStore<Object>,
        startsWithNewest: Bool = false,
        distrustsStore: Bool = false,
        need: Latch? = nil,
        clock: any Clock<Duration> = ContinuousClock(),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        logger: Logger,
        metrics: MetricsRegistry,
        onState: @escaping @Sendable (ReflectorState) -> Void = { _ in }
    ) {
        self.client = client
        self.resource = resource
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.store = store
        self.startsWithNewest = startsWithNewest
        self.distrustsStore = distrustsStore
        self.need = need
        self.clock = clock
        self.random = random
        self.logger = logger.with(["cluster": client.cluster, "resource": resource.plural])
        counters = ReflectorCounters(metrics, cluster: client.cluster, resource: resource.plural)
        elapsed = Stopwatch.start(clock)
        self.onState = onState
    }

    package func run() async throws {
        let known = distrustsStore ? nil : store.resourceVersion
        let unknown = startsWithNewest || distrustsStore ? ReflectorPlan.Position.mostRecent : .cached
        var plan = ReflectorPlan(position: known.map { .atLeast($0) } ?? unknown)
        var random = random
        while true {
            try Task.checkCancellation()
            // Not after a failure: until something has got through, nobody takes back what was told of it.
            if case .watching = plan.position, plan.consecutive == 0, store.count == 0 { try await need?.wait() }
            let (outcome, openedAt) = try await attempt(plan.position, random: &random)
            if let openedAt { plan.gotThrough(now: openedAt) }
            let pause = plan.next(after: outcome, now: elapsed())
            report(outcome, plan)
            guard case .backoff(let failures, let least) = pause else { continue }
            try await clock.sleep(for: max(Self.backoff.delay(failures: failures, using: &random), least))
        }
    }

    /// Makes one step. `openedAt` tells when a watch was opened, if it was.
    private func attempt(
        _ position: ReflectorPlan.Position,
        random: inout any RandomNumberGenerator & Sendable
    ) async throws -> (ReflectorPlan.Outcome, openedAt: Duration?) {
        switch position {
        case .cached: return (try await list(resourceVersion: "0"), nil)
        case .atLeast(let version): return (try await list(resourceVersion: version), nil)
        case .mostRecent: return (try await list(resourceVersion: ""), nil)
        case .resuming(let version): return (try await resume(from: version), nil)
        case .watching(let version):
            // Spread over minutes, so that the watches of a restarted server do not end all at once.
            let timeout = Duration.seconds(Double.random(in: 300...600, using: &random))
            return try await follow(from: version, timeout: timeout) { onState(.connected) }
        }
    }

    private func report(_ outcome: ReflectorPlan.Outcome, _ plan: ReflectorPlan) {
        counters.count(outcome)
        switch outcome {
        case .listed:
            onState(.connected)
        case .resumed:
            break
        case .watchEnded(let watch) where !watch.isTooShort:
            logger.trace("Watch ended", ["events": "\(watch.events)"])
        default:
            let error = outcome.failure
            // A row of failures is one piece of news; an expired version is none.
            let level = plan.consecutive == 1 ? Logger.Level.warning : .debug
            logger.log(level, "Watch or list failed", ["error": "\(error)", "failures": "\(plan.consecutive)"])
            guard plan.consecutive > 0 else { return }
            onState(.failing(error, consecutive: plan.consecutive))
        }
    }
}

extension ReflectorPlan.Outcome {
    /// What to tell of an outcome that is a failure.
    fileprivate var failure: APIError {
        switch self {
        case .listFailed(let error), .watchFailed(let error, _): error
        case .watchStalled: APIError(.timeout, message: "the watch was silent for too long")
        case .listed, .resumed, .watchEnded: APIError(.interrupted, message: "the watch ended as soon as it began")
        }
    }
}
