package import KubeClient
package import KubeModel
import Lifecycle
package import Observability
package import Providers
import Synchronization

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
    let settlement = Settlement()
    let sight = Mutex(Sight())
    /// Each return of the origin.
    let originReturns = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let brake: OrphanBrake
    let owners: OwnerBackoff
    /// Nil where pods wait for a node for ever.
    let places: Places?
    let logger: Logger
    let metrics: PodSyncMetrics
    let events: EventRecorder
    private let clock: any Clock<Duration>
    private let registry: MetricsRegistry
    private let remoteEvents: EventMirror

    /// - Parameters:
    ///   - nodeName: the virtual node; the pods are those bound to it.
    ///   - brake: stops the end of many instances at once; keeps what a person said of it.
    ///   - shortage: tells the node that pods shall rather go elsewhere.
    ///   - clock: for the back-off of the pods' watch.
    ///   - events: tells pods' owners what happens to them.
    package init(
        nodeName: String,
        origin: APIClient,
        provider: any PodProvider,
        options: PodSyncOptions = PodSyncOptions(),
        brake: OrphanBrake = OrphanBrake(),
        shortage: PlaceShortage = PlaceShortage(),
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger,
        metrics: MetricsRegistry,
        events: EventRecorder
    ) {
        self.nodeName = nodeName
        self.origin = origin
        self.provider = provider
        self.options = options
        self.brake = brake
        self.clock = clock
        self.logger = logger.with(["node": nodeName])
        self.events = events
        owners = OwnerBackoff(options.ownerBackoff)
        places = options.failUnscheduledAfter.map { Places(limit: $0, shortage: shortage) }
        registry = metrics
        self.metrics = PodSyncMetrics(registry: metrics, node: nodeName)
        queue = WorkQueue(
            name: "pods-\(nodeName)",
            labels: ["cluster": nodeName],
            backoff: options.backoff,
            // What ends, and what runs, goes before what is still to be made. What runs is not set back behind what has
            // ended: with two ranks it would then wait behind a burst of creations, and its readiness with it.
            isUrgent: { [pods, provider] uid in
                pods.get(uid: uid)?.isTerminating ?? true || provider.instance(for: uid) != nil
            },
            metrics: metrics
        )
        remoteEvents = EventMirror(
            client: origin,
            cluster: provider.name,
            logger: self.logger,
            metrics: metrics,
            pod: { [pods] in pods.get(uid: $0) }
        )
        pods.onChange { [weak self] change in self?.podChanged(change) }
        provider.onChange { [weak self, queue] uid in
            self?.instanceChanged(uid)
            queue.add(uid)
        }
        provider.onEvent { [remoteEvents] in remoteEvents.offer($0) }
        provider.node.onNodeChange { [weak self] in self?.sightMayHaveChanged() }
        brake.onChange { [weak self] in self?.brakeChanged() }
        for phase in [PodPhase.pending, .running, .succeeded, .failed] {
            metrics.observe(
                "martlet_pods",
                help: "Delegates in the cluster, by phase.",
                labels: ["node": nodeName, "phase": phase.rawValue]
            ) { [weak self] in
                self.map { controller in Double(controller.provider.instances.count { $0.phase == phase }) }
            }
        }
    }

    /// A change of what there is no instance of yet, as of its dependents, is none that a status follows from.
    private func instanceChanged(_ uid: UID) {
        guard provider.instance(for: uid) != nil else { return }
        memory.begin(.status, of: uid, now: .now)
    }

    /// Returns once the origin's side is known.
    package func waitUntilListed() async throws {
        try await pods.waitUntilSynced()
    }

    /// Returns once both sides are known.
    package func waitUntilSynced() async throws {
        try await pods.waitUntilSynced()
        try await provider.waitUntilSynced()
    }

    /// Whether both sides are in sight and all that ended while one was not has ended in the cluster: each change.
    package var settled: AsyncStream<SettlementState> { settlement.changes }

    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.followOrigin() }
            group.addTask { try await self.work() }
            group.addTask { try await self.remoteEvents.run() }
        }
    }

    /// - Parameter losses: how often the origin was out of reach before it begins.
    func reflector(after losses: Int) -> Reflector<Pod> {
        Reflector(
            client: origin,
            resource: .pods,
            fieldSelector: "spec.nodeName=\(nodeName)",
            store: pods,
            startsWithNewest: true,
            // After an outage the server's memory may be as old as the outage.
            distrustsStore: losses > 0,
            clock: clock,
            logger: logger,
            metrics: registry,
            onState: { [weak self] state in
                if state == .connected { self?.originAnswered(after: losses) }
            }
        )
    }

    private func work() async throws {
        try await waitUntilSynced()
        // Before anything that pods need is taken away.
        judgeOrphans()
        provider.podsListed()
        noteInView()
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
            lookAtAll()
            try await Task.sleep(for: options.sweepInterval)
        }
    }

    private func podChanged(_ change: StoreChange<Pod>) {
        if let old = change.old, old.uid != change.new?.uid {
            memory.remember(
                old.uid,
                finalGrace: old.metadata.deletionGracePeriodSeconds,
                key: old.key,
                // What a list does not have any more may never have been, for all that an older origin knows.
                isExplained: change.source != .list || old.isTerminating || old.isTerminal
            )
            provider.podDeleted(old.uid)
            queue.add(old.uid)
        }
        if let new = change.new {
            // Since when a listed one is bound is not known.
            if change.source == .watch, change.old?.uid != new.uid { memory.begin(.instance, of: new.uid, now: .now) }
            provider.podChanged(new)
            queue.add(new.uid)
        }
    }
}

// MARK: - For the node's kubelet endpoint

extension PodSyncController {
    /// The pods that are bound to the node, as the origin has them.
    package var boundPods: [Pod] { pods.objects }

    /// The pod of this name, if it is bound to the node.
    package func boundPod(_ key: ObjectKey) -> Pod? { pods.get(key) }
}
