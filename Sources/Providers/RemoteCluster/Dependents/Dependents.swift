import KubeClient
import KubeModel
package import Lifecycle
import Observability
import Synchronization

/// Keeps copies of the ConfigMaps and Secrets that the pods of one virtual node refer to in its remote: made before the
/// first delegate that needs them, changed with their sources, taken away after their last user.
///
/// Level-based and keyed by the copy: an event says only "look again", and ``DependentPlan`` decides from what both
/// clusters are now. Who uses what is told by the pods of the origin and by the delegates of the remote, so that
/// nothing has to be written down.
final class Dependents: Sendable {
    let cluster: String
    let origin: APIClient
    let remote: APIClient
    let identity: DelegateIdentity
    let names: DependentNames
    let namespaces: NamespaceDirectory
    let delegates: ObjectStore<Delegate>
    private let remoteCopies: RemoteCopies
    let sources: DependentSources
    let queue: WorkQueue<DependentKey>
    let options: DependentOptions
    /// Whether calls to the remote make sense now.
    let isReachable: @Sendable () -> Bool
    /// Tells the owner of a pod, by its UID, what its delegate lacks from now on.
    let tell: @Sendable (UID, ProviderError) -> Void
    let logger: Logger
    let memory = Mutex(DependentMemory())
    private let holder: Mutex<Int?> = Mutex(nil)
    private let observer: Mutex<(@Sendable (UID) -> Void)?> = Mutex(nil)

    init(
        cluster: String,
        origin: APIClient,
        remote: APIClient,
        identity: DelegateIdentity,
        namespaces: NamespaceDirectory,
        copies: RemoteCopies,
        delegates: ObjectStore<Delegate>,
        sources: DependentSources,
        options: DependentOptions,
        isReachable: @escaping @Sendable () -> Bool,
        tell: @escaping @Sendable (UID, ProviderError) -> Void,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.cluster = cluster
        self.origin = origin
        self.remote = remote
        self.identity = identity
        names = DependentNames(originID: identity.originID)
        self.namespaces = namespaces
        remoteCopies = copies
        self.delegates = delegates
        self.sources = sources
        self.options = options
        self.isReachable = isReachable
        self.tell = tell
        self.logger = logger
        queue = WorkQueue(
            name: "dependents-\(identity.nodeName)",
            labels: ["cluster": identity.nodeName],
            backoff: options.backoff,
            metrics: metrics
        )
        delegates.follow(for: self) { [weak self] in
            self?.begin(with: $0)
        } onChange: { [weak self] in
            self?.delegateChanged($0)
        }
        for kind in Self.kinds {
            copies[kind].onChange(for: self) { [weak self] in self?.copyChanged(kind, $0) }
        }
        copies.onTurn(Listener(for: self) { [weak self] in self?.wakeAll($0) })
        holder.withLock { holder in
            holder = sources.addHolder { [weak self] source in self?.sourceChanged(source) }
        }
    }

    deinit { release() }

    /// Sets who is told the UID of a pod that waited and may go on.
    func onReady(_ notify: @escaping @Sendable (UID) -> Void) { observer.withLock { $0 = notify } }

    static let kinds = [PodReference.Kind.configMap, .secret]

    func copies(_ kind: PodReference.Kind) -> ObjectStore<CopyHeader> { remoteCopies[kind] }

    /// Why the copies of a kind are not known.
    func copiesProblem(_ kind: PodReference.Kind) -> ProviderError? { remoteCopies.problem(kind) }

    /// Works until cancelled. Copies are read by the connection's reflectors.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for kind in Self.kinds {
                group.addTask {
                    try await self.copies(kind).waitUntilSynced()
                    self.lookAtAll()
                }
            }
            group.addTask { try await self.sweep() }
            group.addTask {
                await self.queue.run(workers: self.options.workers) { await self.reconcile($0) }
                throw CancellationError()
            }
        }
    }

    /// Looks at everything again now and then, whatever the watches said or missed.
    private func sweep() async throws {
        while true {
            try await Task.sleep(for: options.sweepInterval)
            lookAtAll()
        }
    }

    func lookAtAll() {
        for key in memory.withLock({ $0.keys }) { queue.add(key) }
        for kind in Self.kinds {
            for key in copies(kind).keys { queue.add(DependentKey(kind, key)) }
        }
    }

    /// Follows nothing in the origin any more: the cluster's work is over.
    func release() {
        guard let holder = holder.withLock({ $0 }) else { return }
        sources.removeHolder(holder)
    }

    func follow(_ source: DependentKey?, for copy: DependentKey) {
        guard let holder = holder.withLock({ $0 }) else { return }
        let (old, new) = memory.withLock { $0.follow(source, for: copy) }
        if let new { sources.hold(new, by: holder) }
        if let old { sources.release(old, by: holder) }
    }

    // MARK: - What changed

    private func begin(with delegates: [Delegate]) {
        for delegate in delegates { delegateChanged(StoreChange(old: nil, new: delegate, source: .list)) }
        memory.withLock { $0.hasSeenDelegates = true }
    }

    private func delegateChanged(_ change: StoreChange<Delegate>) {
        let (old, new) = (own(change.old), own(change.new))
        if let old, old.metadata.uid != new?.metadata.uid { set([], of: .delegate(old.metadata.uid)) }
        guard let new else { return }
        let namespace = new.metadata.namespace
        let references = new.isAtItsPlace && !new.instance.isTerminal ? new.references : []
        let uses = references.map { reference in
            DependentUse(
                copy: DependentKey(reference.kind, ObjectKey(namespace: namespace, name: reference.name)),
                source: nil,
                isOptional: reference.isOptional
            )
        }
        set(uses, of: .delegate(new.metadata.uid))
    }

    private func own(_ delegate: Delegate?) -> Delegate? {
        delegate?.virtualNode == identity.nodeName ? delegate : nil
    }

    private func copyChanged(_ kind: PodReference.Kind, _ change: StoreChange<CopyHeader>) {
        guard let place = change.new?.key ?? change.old?.key else { return }
        let key = DependentKey(kind, place)
        memory.withLock { memory in
            if let new = change.new, change.old?.metadata.uid == new.metadata.uid {
                if change.source != .answer { memory[key].saw(new.metadata.resourceVersion) }
            } else {
                memory[key].isGoing = false
            }
        }
        queue.add(key)
        wake(key)
    }

    private func sourceChanged(_ source: DependentKey) {
        for copy in memory.withLock({ $0.copies(of: source) }) {
            queue.add(copy)
            wake(copy)
        }
    }

    func set(_ uses: [DependentUse], of user: DependentUsers.User) {
        for kind in Set(uses.map(\.copy.kind)) { remoteCopies.need(of: kind).open() }
        let changed = memory.withLock { memory in
            let changed = memory.users.set(uses, of: user)
            for key in changed {
                let isUsed = memory.users.isUsed(key)
                memory[key].unusedSince = isUsed ? nil : memory[key].unusedSince ?? .now
            }
            return changed
        }
        for key in changed { queue.add(key) }
    }

    private func wakeAll(_ kind: PodReference.Kind) {
        for key in memory.withLock({ $0.keys }) where key.kind == kind { wake(key) }
    }

    /// Lets the pods look again that wait for a copy.
    func wake(_ key: DependentKey) {
        let due = memory.withLock { $0.wake(for: key) }
        guard !due.isEmpty, let notify = observer.withLock({ $0 }) else { return }
        for uid in due { notify(uid) }
    }
}

/// How ``Dependents`` works.
package struct DependentOptions: Sendable {
    /// Copies that are worked on at the same time.
    package var workers = 8
    /// How long a copy outlives its last user: rolling updates come and go within.
    package var grace = Duration.seconds(5)
    /// How long a copy outlives its source, which may be made anew.
    package var sourcelessGrace = Duration.seconds(2)
    /// The same where nobody saw the source go: an origin that was restored has been found out by then.
    package var unseenGrace = Duration.seconds(60)
    /// How often it is looked whether a stranger's object still stands in the way.
    package var clashInterval = Duration.seconds(5)
    /// How long it is believed that nothing stands in the place of an optional object that is missing.
    package var vacancy = Duration.seconds(10)
    /// How many pods are told, of those that run already, that a copy can't be made.
    package var toldPods = 10
    /// How often all is looked at without cause.
    package var sweepInterval = Duration.seconds(60)
    /// The delay before a copy that failed is tried again.
    package var backoff = Backoff(base: .milliseconds(50), cap: .seconds(30), jitter: 0.2)
    /// How often a copy is looked at while its cluster can't be reached.
    package var outageInterval = Duration.seconds(2)

    package init() {}
}
