import KubeClient
import KubeModel
import Lifecycle
import Observability
import Synchronization

/// Provides claims of the origin that the scheduler gave to one virtual node with claims of its remote.
///
/// For the origin it is the external provisioner of StorageClasses with provisioner `martlet.dev/remote`. Like all else
/// it is level-based: what to do is decided by ``ClaimPlan`` from what the two clusters say now, keyed by the UID of the
/// claim in the origin.
final class ClaimController: Sendable {
    /// Tells something of a claim of the origin.
    typealias Tell = @Sendable (_ claim: OriginClaim, _ reason: String, _ message: String) -> Void

    /// Those of other virtual nodes of the remote may be among them.
    let remoteClaims: ObjectStore<RemoteClaim>
    /// Opened with the first claim of the node, before one is made in the remote.
    private let need: Latch
    let origin: OriginVolumes
    let remote: APIClient
    let identity: DelegateIdentity
    let storageClasses: [String: String]
    let namespaces: NamespaceDirectory
    let place: @Sendable (ObjectKey) -> ObjectKey
    let tell: Tell
    let logger: Logger
    private let isReachable: @Sendable () -> Bool
    private let queue: WorkQueue<UID>
    private let elapsed: @Sendable () -> Duration
    private let refusals = Mutex(ClaimRefusals(ClaimController.backoff))

    private static let workers = 8
    private static let backoff = Backoff(base: .milliseconds(200), cap: .seconds(60), jitter: 0.2)
    /// Between two looks at a claim of a remote that can't be reached.
    private static let outageInterval = Duration.seconds(5)

    /// - Parameters:
    ///   - storageClasses: the remote's class for each of the origin's; the remote's default for others.
    ///   - place: where in the remote an object of the origin's has its counterpart.
    ///   - isReachable: whether calls to the remote make sense now.
    init(
        origin: OriginVolumes,
        remote: APIClient,
        remoteClaims: ObjectStore<RemoteClaim> = ObjectStore(),
        need: Latch = Latch(),
        identity: DelegateIdentity,
        storageClasses: [String: String],
        namespaces: NamespaceDirectory,
        place: @escaping @Sendable (ObjectKey) -> ObjectKey,
        isReachable: @escaping @Sendable () -> Bool,
        tell: @escaping Tell,
        clock: any Clock<Duration>,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.origin = origin
        self.remote = remote
        self.remoteClaims = remoteClaims
        self.need = need
        self.identity = identity
        self.storageClasses = storageClasses
        self.namespaces = namespaces
        self.place = place
        self.isReachable = isReachable
        self.tell = tell
        self.logger = logger
        queue = WorkQueue(
            name: "claims-\(identity.nodeName)",
            labels: ["cluster": identity.nodeName],
            backoff: Self.backoff,
            clock: clock,
            metrics: metrics
        )
        elapsed = Stopwatch.start(clock)
        origin.follow(identity.nodeName) { [weak queue] uid in queue?.add(uid) }
        remoteClaims.onChange(for: self) { [weak queue] change in
            guard let claim = change.new ?? change.old, identity.owns(claim.metadata) else { return }
            queue?.add(claim.claimUID)
        }
    }

    /// Works until cancelled.
    func run() async throws {
        try await origin.waitUntilSynced()
        try await remoteClaims.waitUntilSynced()
        for claim in origin.claims.objects where claim.requestedNode == identity.nodeName {
            queue.add(claim.metadata.uid)
        }
        for volume in origin.volumes.objects where volume.node == identity.nodeName { queue.add(volume.claimUID) }
        for claim in remoteClaims.objects where identity.owns(claim.metadata) { queue.add(claim.claimUID) }
        await queue.run(workers: Self.workers) { await self.reconcile($0) }
        throw CancellationError()
    }
}

// MARK: - One claim

extension ClaimController {
    /// What is known of one claim.
    struct View {
        let uid: UID
        let claim: OriginClaim?
        let volume: OriginVolume?
        let remote: RemoteClaim?
    }

    func view(of uid: UID) -> View {
        let claim = origin.claims.get(uid: uid)
        let volume = origin.volumes.get(ObjectKey(namespace: "", name: OriginVolume.name(of: uid)))
        // By its place, while we know that; else by its mark.
        let key = claim?.key ?? volume?.claim
        let found =
            if let key {
                remoteClaims.get(place(key))
            } else {
                remoteClaims.objects.first { $0.claimUID == uid }
            }
        let isOurs = found.map { $0.claimUID == uid && identity.owns($0.metadata) } ?? false
        return View(uid: uid, claim: claim, volume: volume, remote: isOurs ? found : nil)
    }

    private func reconcile(_ uid: UID) async -> WorkQueue<UID>.Outcome {
        let view = view(of: uid)
        if view.claim?.volumeName != nil || view.claim == nil { refusals.withLock { $0.forget(uid) } }
        let storageClass = view.claim.flatMap { origin.classes.get(ObjectKey(namespace: "", name: $0.storageClass)) }
        let step = ClaimPlan.step(
            claim: view.claim,
            volume: view.volume,
            remote: view.remote,
            allowsExpansion: storageClass?.allowsExpansion ?? false,
            node: identity.nodeName
        )
        // Also where nothing is to be done: what stands behind it may have been taken away, and may come back.
        need.open()
        guard step != .rest else { return .done }
        guard isReachable() else { return .again(after: Self.outageInterval) }
        if step == .createRemote, let pause = view.claim.flatMap({ pauseAfterRefusal(of: $0) }) {
            return .again(after: pause)
        }
        do {
            try await take(step, view, storageClass)
            return .done
        } catch is CancellationError {
            return .done
        } catch let error as ProviderError {
            return failed(error.reason, error.message, error, view, isPassing: error.isPassing)
        } catch let error as APIError where error.disposition == .conflict || error.disposition == .gone {
            return .retry(error)  // It changed meanwhile: the watch tells, or the next look.
        } catch {
            return failed("ClaimNotProvided", "\(error)", error, view, isPassing: true)
        }
    }

    /// What often passes by itself is told from the third failure in a row on, and once.
    private func failed(
        _ reason: String,
        _ message: String,
        _ error: any Error,
        _ view: View,
        isPassing: Bool
    ) -> WorkQueue<UID>.Outcome {
        logger.debug("Claim can't be provided", ["claim.uid": view.uid, "reason": reason])
        if queue.failures(of: view.uid) == (isPassing ? 2 : 0), let claim = view.claim {
            tell(claim, reason, message)
        }
        return .retry(error)
    }
}

// MARK: - Refusals

extension ClaimController {
    /// Counts a refusal by the remote of a claim that went back to the scheduler. Returns whether the words are new to the
    /// claim's owner.
    func noteRefusal(of claim: OriginClaim, _ words: String) -> Bool {
        refusals.withLock { $0.note(claim, words: words, now: elapsed()) }
    }

    private func pauseAfterRefusal(of claim: OriginClaim) -> Duration? {
        refusals.withLock { $0.pause(of: claim, now: elapsed()) }
    }
}
