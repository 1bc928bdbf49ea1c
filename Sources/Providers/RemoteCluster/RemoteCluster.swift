package import KubeClient
package import KubeModel
import Lifecycle
import Observability

/// A remote cluster, or some of its nodes, as a provider: each pod's instance is a delegate, an ordinary Pod in that cluster.
///
/// It has its own connection, so that a remote that is dead, slow or hostile concerns nobody else, or shares one with the
/// other virtual nodes of the same remote. All it knows can be read again from the remote: delegates carry the marks of
/// ``DelegateIdentity``.
package final class RemoteCluster: PodProvider {
    package var name: String { connection.name }
    package var node: any NodeSource { source }

    let connection: RemoteConnection
    /// Whether the connection runs as long as this does.
    private let ownsConnection: Bool
    let identity: DelegateIdentity
    let settings: TranslationSettings
    let cache: DelegateCache
    let source: RemoteNodeSource
    let dependents: Dependents
    let accounts: AccountDesk
    let feedback: RemoteFeedback
    let claims: ClaimController?
    let remoteUsage: RemoteUsage
    let logger: Logger

    var client: APIClient { connection.client }
    var namespaces: NamespaceDirectory { connection.namespaces }
    var features: RemoteFeatures { connection.features }
    var remoteEvents: RemoteEvents { connection.events }

    /// - Parameters:
    ///   - connection: has the virtual node among its members.
    ///   - ownsConnection: whether the connection is run by this and for this alone; otherwise it runs elsewhere.
    ///   - origin: reads what pods refer to in the origin.
    ///   - sources: tells of changes of what pods refer to; it runs elsewhere, for all clusters together.
    ///   - settings: what the configuration makes of the pods that run there.
    ///   - capacity: what the configuration says of the cluster's size.
    ///   - serviceAccounts: whose identity delegates have.
    ///   - claims: how claims of the origin are provided; without it pods with claims are not looked into.
    ///   - events: tells owners what becomes of their delegates' tokens, of what pods refer to, and of their claims.
    ///   - dependents: how copies of what pods refer to are kept.
    ///   - feedback: what of the remote is told in the origin beside the status.
    ///   - now: time since 1970.
    package init(
        connection: RemoteConnection,
        ownsConnection: Bool,
        origin: APIClient,
        sources: DependentSources,
        identity: DelegateIdentity,
        settings: TranslationSettings,
        capacity: CapacitySettings,
        serviceAccounts: ServiceAccountPolicy,
        claims: ClaimSettings?,
        events: EventRecorder,
        dependents: DependentOptions = DependentOptions(),
        feedback: RemoteFeedback,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch
    ) {
        var policed = settings
        policed.policies = settings.policies.allowing(serviceAccounts)
        self.connection = connection
        self.ownsConnection = ownsConnection
        self.identity = identity
        self.settings = policed
        self.feedback = feedback
        logger = ownsConnection ? connection.logger : connection.logger.with(["node": identity.nodeName])
        cache = DelegateCache(store: connection.delegates, nodeName: identity.nodeName)
        source = RemoteNodeSource(
            cluster: connection.name,
            nodeName: identity.nodeName,
            share: connection.share(of: identity.nodeName),
            settings: capacity,
            health: connection.health,
            nodes: connection.nodes,
            foreignPods: connection.foreignPods,
            delegates: connection.delegates
        )
        let surroundings = Surroundings(
            connection: connection,
            origin: origin,
            identity: identity,
            source: source,
            events: events,
            clock: clock,
            now: now,
            logger: logger,
            metrics: connection.metrics
        )
        accounts = surroundings.accounts(serviceAccounts, cluster: connection.name, cache: cache)
        self.claims = claims.map { claims in
            surroundings.claims(claims) { key in
                let namespace = settings.namespace.name(for: key.namespace, originID: identity.originID)
                return ObjectKey(namespace: namespace, name: key.name)
            }
        }
        remoteUsage = RemoteUsage(
            cluster: connection.name,
            client: connection.scrapes,
            labelSelector: identity.labelSelector,
            delegates: connection.delegates,
            nodes: connection.nodes,
            isReachable: { [source] in source.isReachable },
            logger: logger
        )
        self.dependents = Dependents(
            cluster: connection.name,
            origin: origin,
            remote: connection.client,
            identity: identity,
            namespaces: connection.namespaces,
            copies: connection.copies,
            delegates: connection.delegates,
            sources: sources,
            options: dependents,
            isReachable: { [source] in source.isReachable },
            tell: { [cache] uid, problem in
                guard let pod = cache.instance(for: uid)?.podKey else { return }
                surroundings.tellPod(pod, uid, problem.reason, problem.message)
            },
            logger: logger,
            metrics: connection.metrics
        )
        self.dependents.onReady { [cache] uid in cache.wake(uid) }
        connection.nodes.onChange(for: cache) { [weak cache] change in
            guard RemoteNode.isTurn(from: change.old, to: change.new), let cache, let node = change.new ?? change.old
            else { return }
            for uid in cache.podUIDs(onNode: node.metadata.name) { cache.wake(uid) }
        }
    }

    package func run() async throws {
        defer { dependents.release() }
        try await withThrowingDiscardingTaskGroup { group in
            if self.ownsConnection {
                group.addTask { try await self.connection.run() }
            }
            if let keeper = self.accounts.keeper {
                group.addTask { try await keeper.run() }
            }
            group.addTask { try await self.dependents.run() }
            if let claims = self.claims {
                group.addTask { try await claims.run() }
            }
        }
    }

    package func onChange(_ notify: @escaping @Sendable (UID) -> Void) {
        cache.onChange { [remoteEvents] uid in
            notify(uid)
            remoteEvents.delegatesChanged()
        }
    }

    package func onEvent(_ notify: @escaping @Sendable (InstanceEvent) -> Void) {
        remoteEvents.onEvent(
            Listener(for: self) { [nodeName = identity.nodeName] news in
                if news.nodeName == nodeName { notify(news.event) }
            }
        )
    }

    package func waitUntilSynced() async throws { try await cache.waitUntilSynced() }

    package var usage: (any UsageSource)? { remoteUsage }

    package func instance(for podUID: UID) -> PodInstance? { cache.instance(for: podUID) }

    package func departed(_ podUID: UID) -> PodInstance? { cache.departed(podUID) }

    package func isProvedGone(_ podUID: UID) -> Bool { cache.isProvedGone(podUID) }

    package func lostNode(of instance: PodInstance) -> String? {
        guard let name = instance.nodeName, source.nodes.isSynced else { return nil }
        if let node = source.nodes.get(ObjectKey(namespace: "", name: name)) { return node.isReady ? nil : name }
        // One that joined a moment ago may be on its way to us; a delegate that ends is no news of such a node.
        return instance.isTerminating ? name : nil
    }

    package func forget(_ podUID: UID) {
        cache.forget(podUID)
        accounts.keeper?.forget(podUID)
        dependents.unfollow(podUID)
    }

    package func podChanged(_ pod: Pod) {
        let place = delegateKey(of: pod.key)
        let namespace = place.namespace
        // Nothing of a pod that stays out goes along.
        let problem = PodAdmission.problem(of: pod.metadata, cluster: name, namespace, settings.policies)
        guard problem == nil else { return podDeleted(pod.uid) }
        accounts.keeper?.follow(pod, at: place)
        dependents.follow(pod, in: namespace)
    }

    package func podDeleted(_ uid: UID) {
        accounts.keeper?.forget(uid)
        dependents.unfollow(uid)
    }

    package func podsListed() { dependents.usersAreComplete() }

    package func holdRemovals(_ isHeld: Bool) { dependents.hold(isHeld) }

    package var instances: [PodInstance] { cache.instances }

    /// Where a pod's delegate is made: by the same name, in the namespace that the configuration says.
    func delegateKey(of key: ObjectKey) -> ObjectKey {
        ObjectKey(namespace: settings.namespace.name(for: key.namespace, originID: identity.originID), name: key.name)
    }
}
