package import KubeClient
internal import KubeModel
internal import Lifecycle
package import Observability

/// Keeps the Node object of one cluster in the origin: registers it or adopts the one that is there, keeps its fields
/// that are ours, and makes it again when somebody deletes it. Never deletes it: a stopped process is no lost machine.
///
/// Level-based: the watch of the node and the changes of the cluster only say "look again".
package struct NodeController: Service {
    private let settings: NodeSettings
    private let client: APIClient
    private let state: VirtualNodeState
    private let reconciler: NodeReconciler
    private let logger: Logger
    private let metrics: MetricsRegistry

    /// - Parameters:
    ///   - client: Of the origin.
    ///   - now: Time since 1970.
    package init(
        settings: NodeSettings,
        client: APIClient,
        state: VirtualNodeState,
        options: NodeOptions = NodeOptions(),
        events: EventRecorder,
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.settings = settings
        self.client = client
        self.state = state
        self.logger = logger
        self.metrics = metrics
        reconciler = NodeReconciler(
            settings: settings,
            client: client,
            state: state,
            options: options,
            events: events,
            now: now,
            logger: logger,
            metrics: metrics
        )
    }

    /// Changes that come in a row, such as every pod of a cluster, are looked at once per this time.
    private static let gathering = Duration.milliseconds(100)

    package func run() async throws {
        let key = ObjectKey(namespace: "", name: settings.name)
        let queue = WorkQueue<ObjectKey>(
            name: "node-\(settings.name)",
            backoff: Backoff(base: .milliseconds(100), cap: .seconds(10), jitter: 0.2),
            metrics: metrics
        )
        let store = ObjectStore<RawObject>()
        store.onChange { _ in queue.add(key) }
        state.onChange { urgency in
            switch urgency {
            case .now: queue.add(key)
            case .soon: queue.add(key, after: Self.gathering)
            }
        }
        let returns = state.originReturns()
        try await withThrowingDiscardingTaskGroup { group in
            // What the origin made of the node in an outage is asked for at once, rather than when the watch's own
            // back-off lets it: a node that it gave up is not Ready for as long.
            group.addTask { try await runAnew(at: returns) { try await reflector(into: store).run() } }
            group.addTask {
                try await store.waitUntilSynced()
                queue.add(key)
                await queue.run(workers: 1) { await reconcile($0, in: store, failures: queue.failures(of: $0)) }
                throw CancellationError()
            }
        }
    }

    private func reflector(into store: ObjectStore<RawObject>) -> Reflector<RawObject> {
        Reflector(
            client: client,
            resource: .nodes,
            fieldSelector: "metadata.name=\(settings.name)",
            store: store,
            logger: logger,
            metrics: metrics
        )
    }

    private func reconcile(
        _ key: ObjectKey,
        in store: ObjectStore<RawObject>,
        failures: Int
    ) async -> WorkQueue<ObjectKey>.Outcome {
        do {
            return .again(after: try await reconciler.reconcile(observed: store.get(key)?.json))
        } catch {
            // A row of failures is told once for people to see; the queue's metrics count the rest.
            let level: Logger.Level = failures == 0 ? .warning : .debug
            if !Task.isCancelled { logger.log(level, "Cannot bring the node up to date", ["error": "\(error)"]) }
            return .retry(error)
        }
    }
}
