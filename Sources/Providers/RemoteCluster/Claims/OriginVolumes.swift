package import KubeClient
import KubeModel
import Lifecycle
package import Observability
import Synchronization

/// The claims of the origin, its StorageClasses, and the volumes that martlet made: watched once, for all clusters.
package final class OriginVolumes: Service {
    /// Told the UID of a claim that, or whose volume, changed.
    typealias Notify = @Sendable (UID) -> Void

    let claims = ObjectStore<OriginClaim>()
    let volumes = ObjectStore<OriginVolume>()
    let classes = ObjectStore<OriginClass>()
    let client: APIClient
    private let logger: Logger
    private let metrics: MetricsRegistry
    private let events: EventRecorder
    private let followers = Mutex<[String: Notify]>([:])
    /// Claims whose owners know that nobody chooses their cluster.
    private let told = Mutex<Set<UID>>([])

    /// - Parameters:
    ///   - client: calls the origin.
    ///   - events: tells owners of claims that none of the clusters can provide.
    package init(client: APIClient, events: EventRecorder, logger: Logger, metrics: MetricsRegistry) {
        self.client = client
        self.events = events
        self.logger = logger
        self.metrics = metrics
        claims.onChange { [weak self] change in
            guard let self else { return }
            let nodes = Set([change.old?.requestedNode, change.new?.requestedNode].compactMap(\.self))
            let uids = Set([change.old?.metadata.uid, change.new?.metadata.uid].compactMap(\.self))
            for node in nodes { tell(node, uids) }
            if let new = change.new { tellIfNobodyChooses(new) } else { forget(uids) }
        }
        classes.onChange { [weak self] change in
            guard let self, let new = change.new, new.bindsAtOnce else { return }
            for claim in claims.objects where claim.storageClass == new.metadata.name { tellIfNobodyChooses(claim) }
        }
        volumes.onChange { [weak self] change in
            guard let self, let volume = change.new ?? change.old else { return }
            tell(volume.node, [volume.claimUID])
        }
    }

    package func run() async throws {
        _ = try await cancelOnShutdown {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await self.reflector(.persistentVolumeClaims, self.claims).run() }
                group.addTask {
                    try await self.reflector(.persistentVolumes, self.volumes, labels: OriginVolume.nodeLabel).run()
                }
                group.addTask { try await self.reflector(.storageClasses, self.classes).run() }
            }
        }
    }

    /// Returns once all three are known.
    func waitUntilSynced() async throws {
        try await claims.waitUntilSynced()
        try await volumes.waitUntilSynced()
        try await classes.waitUntilSynced()
    }

    var isSynced: Bool { claims.isSynced && volumes.isSynced }

    /// Sets who is told of the claims of a virtual node, in place of whoever was before.
    func follow(_ node: String, _ notify: @escaping Notify) { followers.withLock { $0[node] = notify } }

    /// Of an Immediate class the origin asks for a volume before there is a pod, and so before the scheduler has chosen a
    /// cluster.
    private func tellIfNobodyChooses(_ claim: OriginClaim) {
        guard claim.isForUs, claim.requestedNode == nil, claim.volumeName == nil,
            classes.get(ObjectKey(namespace: "", name: claim.storageClass))?.bindsAtOnce == true,
            told.withLock({ $0.insert(claim.metadata.uid).inserted })
        else { return }
        events.record(
            about: ObjectReference(.persistentVolumeClaims, claim.metadata),
            type: .warning,
            reason: "ClaimNeedsFirstConsumer",
            message:
                "StorageClass \(claim.storageClass) binds its claims before they have a pod, so that nothing says in "
                + "which cluster. Use a class of the same provisioner with volumeBindingMode WaitForFirstConsumer."
        )
    }

    private func forget(_ uids: Set<UID>) { told.withLock { $0.subtract(uids) } }

    private func tell(_ node: String, _ uids: Set<UID>) {
        guard let notify = followers.withLock({ $0[node] }) else { return }
        for uid in uids { notify(uid) }
    }

    private func reflector<Object: KubeObject>(
        _ resource: Resource,
        _ store: ObjectStore<Object>,
        labels: String? = nil
    ) -> Reflector<Object> {
        Reflector(
            client: client,
            resource: resource,
            labelSelector: labels,
            store: store,
            startsWithNewest: true,
            logger: logger,
            metrics: metrics
        )
    }
}
