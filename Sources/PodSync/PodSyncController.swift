package import KubeClient
import KubeModel
import Lifecycle
package import Observability
package import Providers

/// Brings the pods that are bound to one virtual node to be, through a provider, and their status back.
///
/// Level-based and keyed by pod UID: an event says only "look again"; what to do is decided by ``PodPlan`` from what
/// both sides are now. Restart is a non-event: both sides are listed, then each pod gets its next step. Nothing is
/// created or deleted before both lists are complete.
package final class PodSyncController: Service {
    package let nodeName: String
    let origin: APIClient
    let provider: any PodProvider
    let options: PodSyncOptions
    let pods = ObjectStore<Pod>()
    let queue: WorkQueue<UID>
    let memory = PodMemory()
    let logger: Logger
    let metrics: PodSyncMetrics
    let events: EventRecorder
    private let registry: MetricsRegistry

    /// - Parameters:
    ///   - nodeName: the virtual node; the pods are those bound to it.
    ///   - events: tells pods' owners what happens to them.
    package init(
        nodeName: String,
        origin: APIClient,
        provider: any PodProvider,
        options: PodSyncOptions = PodSyncOptions(),
        logger: Logger,
        metrics: MetricsRegistry,
        events: EventRecorder
    ) {
        self.nodeName = nodeName
        self.origin = origin
        self.provider = provider
        self.options = options
        self.logger = logger.with(["node": nodeName])
        self.events = events
        registry = metrics
        self.metrics = PodSyncMetrics(registry: metrics, node: nodeName)
        queue = WorkQueue(name: "pods-\(nodeName)", backoff: options.backoff, metrics: metrics)
        pods.onChange { [weak self] change in self?.podChanged(change) }
        provider.onChange { [queue] uid in queue.add(uid) }
    }

    /// Returns once both sides are known.
    package func waitUntilSynced() async throws {
        try await pods.waitUntilSynced()
        try await provider.waitUntilSynced()
    }

    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.reflector.run() }
            group.addTask { try await self.work() }
        }
    }

    private var reflector: Reflector<Pod> {
        Reflector(
            client: origin,
            resource: .pods,
            fieldSelector: "spec.nodeName=\(nodeName)",
            store: pods,
            startsWithNewest: true,
            logger: logger,
            metrics: registry
        )
    }

    private func work() async throws {
        try await waitUntilSynced()
        logger.info(
            "Pods are in view",
            ["pods": "\(pods.objects.count)", "instances": "\(provider.instances.count)"]
        )
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.sweep() }
            group.addTask {
                await self.queue.run(workers: self.options.workers) { await self.reconcile($0) }
                throw CancellationError()
            }
        }
    }

    /// Looks at everything again now and then, whatever the watches said or missed: pods, and instances whose pod is
    /// gone.
    private func sweep() async throws {
        while true {
            for pod in pods.objects { queue.add(pod.uid) }
            for instance in provider.instances { queue.add(instance.podUID) }
            try await Task.sleep(for: options.sweepInterval)
        }
    }

    private func podChanged(_ change: StoreChange<Pod>) {
        if let old = change.old, old.uid != change.new?.uid {
            memory.remember(old.uid, finalGrace: old.metadata.deletionGracePeriodSeconds, key: old.key)
            queue.add(old.uid)
        }
        if let new = change.new { queue.add(new.uid) }
    }
}
