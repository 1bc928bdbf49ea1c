package import KubeModel

/// What brings the pods of one virtual node to life: a remote cluster, or a simulation of one.
///
/// A provider knows *instances*, one per pod at the most, found by the UID of the pod they run for. It keeps a cache of
/// them by its own watches and says which pod's instance changed; what to do about that is the caller's business. All
/// calls may be made from any task, at the same time, but never two at once for one pod.
///
/// `PodProviderContract` in TestSupport is the contract as tests.
package protocol PodProvider: Sendable {
    /// The name of what runs the pods, for logs and messages ("us-east").
    var name: String { get }

    /// What the provider knows of itself as a node.
    var node: any NodeSource { get }

    /// The streams of its instances; nil if they have none.
    var streams: (any PodStreams)? { get }

    /// What its instances use; nil if nobody measures it.
    var usage: (any UsageSource)? { get }

    /// Keeps the cache of instances; returns only by throwing ``CancellationError``.
    func run() async throws

    /// Returns once every instance that exists is in the cache. Before that nothing may be created or deleted.
    func waitUntilSynced() async throws

    /// Sets who is told the UID of a pod whose instance changed. To be called once, before ``run()``; the closure is
    /// called outside any lock and must not block.
    func onChange(_ notify: @escaping @Sendable (UID) -> Void)

    /// Tells of a pod that is bound to the node and is the provider's to run, as the origin has it now; called for every
    /// pod and after each change, and must not block.
    func podChanged(_ pod: Pod)

    /// Tells that the origin has the pod no more.
    func podDeleted(_ uid: UID)

    /// Tells that every pod there is has been told and every instance is known: what none of them needs may go.
    func podsListed()

    /// Tells whether the origin is in doubt (decision 0012): while it is, nothing that pods need is taken away because the
    /// origin lacks it.
    func holdRemovals(_ isHeld: Bool)

    /// Sets who is told what the cluster says of instances, as it says it. To be called once, before ``run()``; the
    /// closure must not block.
    func onEvent(_ notify: @escaping @Sendable (InstanceEvent) -> Void)

    /// The instance that runs for the pod with this UID, from the cache.
    func instance(for podUID: UID) -> PodInstance?

    /// The last state of the pod's instance that went while the cache was kept; nil when none did, or a newer one runs.
    func departed(_ podUID: UID) -> PodInstance?

    /// Whether the cluster itself has said that what ``departed(_:)`` tells of is gone and nothing of it runs: then
    /// ``liveInstance(for:key:)`` would ask for what is known.
    func isProvedGone(_ podUID: UID) -> Bool

    /// The name of the cluster's node that an instance is on, where that node does not answer: nothing ends there, and
    /// nothing is heard of it. Nil where the node is well, or not known.
    func lostNode(of instance: PodInstance) -> String?

    /// Drops what is remembered of a pod that is gone.
    func forget(_ podUID: UID)

    /// Every instance in the cache.
    var instances: [PodInstance] { get }

    /// Makes the instance for a pod that has none. The same pod again is not an error.
    ///
    /// - Parameter willRun: called when all that can be known before is known, right before the instance may begin to
    ///   exist; what it throws ends the call.
    /// - Returns: what of the pod could not be taken along, for the pod's owner to read.
    /// - Throws: ``ProviderError``, ``CancellationError``.
    func create(_ pod: Pod, willRun: () async throws -> Void) async throws -> [TranslationNotice]

    /// Brings the in-place changes of a pod to its instance. Nothing to bring is not an error and costs no call.
    ///
    /// - Throws: ``ProviderError``, ``CancellationError``.
    func update(_ pod: Pod, instance: PodInstance) async throws

    /// Asks for the end of exactly this instance; one that is gone already is not an error.
    ///
    /// - Parameter gracePeriodSeconds: the grace that was asked for; nil leaves it to the pod's own.
    /// - Throws: ``ProviderError``, ``CancellationError``.
    func delete(_ instance: PodInstance, gracePeriodSeconds: Int64?) async throws

    /// Takes away exactly this instance in exactly this state, in which its cluster has found no node for it: what is so
    /// taken away has never run.
    ///
    /// - Returns: false if it got a node, changed or went meanwhile; then nothing was done.
    /// - Throws: ``ProviderError``, ``CancellationError``.
    func withdraw(_ instance: PodInstance) async throws -> Bool

    /// Looks past the cache: nil is proof that the pod has no instance.
    ///
    /// - Throws: ``ProviderError``, ``CancellationError``; an error is no proof of anything.
    func liveInstance(for podUID: UID, key: ObjectKey) async throws -> PodInstance?

    /// What there is to know of a pod in the cluster, for a person who wonders; nil where there is nothing beyond the
    /// instance. Asks the cluster, and waits some seconds for it at the most.
    ///
    /// - Throws: `CancellationError`; ``JSONError`` for a pod that can't be read.
    func findings(on pod: Pod) async throws -> PodFindings?
}

extension PodProvider {
    /// Most providers have nothing to say beyond the status.
    package func onEvent(_ notify: @escaping @Sendable (InstanceEvent) -> Void) {}

    /// A provider without nodes of its own loses none.
    package func lostNode(of instance: PodInstance) -> String? { nil }

    /// A provider without nodes of its own has a place for each instance.
    package func withdraw(_ instance: PodInstance) async throws -> Bool { false }

    /// Most providers know no more than the instance.
    package func findings(on pod: Pod) async throws -> PodFindings? { nil }

    /// The same for pods that leave no note.
    package func create(_ pod: Pod) async throws -> [TranslationNotice] { try await create(pod) {} }

    // A provider that keeps nothing for its pods but their instances need not know them.
    package func podChanged(_ pod: Pod) {}
    package func podDeleted(_ uid: UID) {}
    package func podsListed() {}
    package func holdRemovals(_ isHeld: Bool) {}
}

/// Something of a pod that its instance does not have, and why; it becomes an event on the pod.
package struct TranslationNotice: Sendable, Hashable {
    /// A CamelCase reason, as events have.
    package let reason: String
    /// A sentence for the pod's owner.
    package let message: String

    package init(reason: String, message: String) {
        self.reason = reason
        self.message = message
    }
}
