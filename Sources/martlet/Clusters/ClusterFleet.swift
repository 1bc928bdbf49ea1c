internal import Lifecycle
internal import Observability

/// The clusters that the program serves, each a service of its own: they come, change and go while it runs, and none
/// notices another.
///
/// A cluster that goes is no longer served; its node, its pods and their delegates are left as they are, as when the
/// program stops.
struct ClusterFleet: Service {
    private let firstPort: Int
    private let makeService: @Sendable (ClusterConfiguration) -> any Service
    private let onGone: @Sendable (String) async -> Void
    private let onComplete: @Sendable () -> Void
    private let logger: Logger
    private let metrics: MetricsRegistry
    private let wishes: AsyncStream<Wish>
    private let continuation: AsyncStream<Wish>.Continuation

    /// Which clusters are wanted.
    private struct Wish: Sendable {
        let clusters: [ClusterConfiguration]
        let areAll: Bool
    }

    /// - Parameters:
    ///   - firstPort: the lowest port of a kubelet endpoint.
    ///   - onGone: told the name of each node that is no longer wanted, once nothing runs for it any more.
    ///   - onComplete: called when what runs for all the clusters that are wanted has been made.
    ///   - makeService: what runs for a cluster until it is asked to stop. It must not block.
    init(
        firstPort: Int,
        logger: Logger,
        metrics: MetricsRegistry,
        onGone: @escaping @Sendable (String) async -> Void = { _ in },
        onComplete: @escaping @Sendable () -> Void = {},
        makeService: @escaping @Sendable (ClusterConfiguration) -> any Service
    ) {
        self.firstPort = firstPort
        self.logger = logger
        self.metrics = metrics
        self.makeService = makeService
        self.onGone = onGone
        self.onComplete = onComplete
        // Only what is wanted last counts.
        (wishes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Has these clusters served from now on, and no others.
    ///
    /// - Parameter areAll: whether they are all that there are, as far as is known.
    func want(_ clusters: [ClusterConfiguration], areAll: Bool = true) {
        continuation.yield(Wish(clusters: clusters, areAll: areAll))
    }

    /// Runs until it is asked to stop, and then until all clusters have stopped.
    ///
    /// - Throws: ``ClusterEnded`` when the service of a cluster ended unasked; `CancellationError`.
    func run() async throws {
        try await withThrowingTaskGroup(of: Event?.self) { group in
            let shutdown = ShutdownSignal.current
            group.addTask {
                await shutdown.wait()
                return .shutdown
            }
            group.addTask { await next() }
            var roster = ClusterRoster(firstPort: firstPort)
            var signals: [String: ShutdownSignal] = [:]
            var isShutDown = false
            while !isShutDown || !signals.isEmpty, let event = try await group.next() {
                try Task.checkCancellation()
                var actions: [ClusterRoster.Action] = []
                var areAll = false
                switch event {
                case .wanted(let wish):
                    if !isShutDown {
                        actions = roster.want(wish.clusters)
                        areAll = wish.areAll
                    }
                    group.addTask { await next() }
                case .shutdown:
                    isShutDown = true
                    actions = roster.want([])
                case .ended(let name, let error):
                    guard roster.isStopping(name) else { throw ClusterEnded(name: name, cause: error) }
                    signals[name] = nil
                    forgetMetrics(of: roster.takenNames(of: name))
                    logger.info("No longer serving the cluster", ["cluster": name])
                    for node in roster.nodeNames(of: name) where !isShutDown && !roster.isWanted(node: node) {
                        group.addTask {
                            await onGone(node)
                            return nil
                        }
                    }
                    actions = roster.stopped(name)
                case nil: break
                }
                for action in actions { perform(action, in: &group, signals: &signals) }
                if areAll { onComplete() }
            }
            group.cancelAll()
        }
    }

    private func perform(
        _ action: ClusterRoster.Action,
        in group: inout ThrowingTaskGroup<Event?, any Error>,
        signals: inout [String: ShutdownSignal]
    ) {
        switch action {
        case .stop(let name):
            signals[name]?.trigger()
        case .start(let cluster):
            let signal = ShutdownSignal()
            signals[cluster.name] = signal
            logger.info("Serving the cluster", ["cluster": cluster.name])
            // Made here, so that all are when the last one was told to start.
            let service = makeService(cluster)
            group.addTask {
                do {
                    try await ShutdownSignal.$current.withValue(signal) { try await service.run() }
                    return .ended(cluster.name, nil)
                } catch {
                    try Task.checkCancellation()
                    return .ended(cluster.name, error)
                }
            }
        }
    }

    /// What was measured of a cluster that is no longer served would be told for ever as if it were so now.
    private func forgetMetrics(of names: [String]) {
        for name in names {
            for label in ["cluster", "node"] { metrics.removeSeries(matching: [label: name]) }
        }
    }

    private func next() async -> Event? {
        for await wish in wishes { return .wanted(wish) }
        return nil
    }

    private enum Event: Sendable {
        case wanted(Wish)
        case shutdown
        case ended(String, (any Error)?)
    }
}

/// The service of a cluster ended although nobody asked it to.
struct ClusterEnded: Error, CustomStringConvertible {
    let name: String
    let cause: (any Error)?

    var description: String { "what runs for cluster \(name) has ended" + (cause.map { ": \($0)" } ?? "") }
}
