package import KubeClient
package import KubeModel
package import Observability

/// A remote cluster as a provider: each pod's instance is a delegate, an ordinary Pod in that cluster.
///
/// It has its own client, its own watches and its own health, so that a remote that is dead, slow or hostile concerns
/// nobody else. All it knows can be read again from the remote: delegates carry the marks of ``DelegateIdentity``.
package final class RemoteCluster: PodProvider {
    package let name: String
    package var node: any NodeSource { source }

    let client: APIClient
    let probes: APIClient
    let identity: DelegateIdentity
    let settings: TranslationSettings
    let cache = DelegateCache()
    let source: RemoteNodeSource
    let dependents: Dependents
    let namespaces: NamespaceDirectory
    let features: RemoteFeatures
    let accounts: AccountDesk
    let remoteEvents: RemoteEvents
    let feedback: RemoteFeedback
    let claims: ClaimController?
    let remoteUsage: RemoteUsage
    let logger: Logger
    let metrics: MetricsRegistry
    /// Measures the time between probes.
    let clock: any Clock<Duration>

    /// - Parameters:
    ///   - client: calls the remote.
    ///   - probes: asks the remote whether it is there, with a budget that nothing else uses up; nil for the same client.
    ///   - scrapes: asks what delegates use, with a budget of its own; nil for the same client.
    ///   - origin: reads what pods refer to in the origin.
    ///   - sources: tells of changes of what pods refer to; it runs elsewhere, for all clusters together.
    ///   - settings: what the configuration makes of the pods that run there.
    ///   - capacity: what the configuration says of the cluster's size.
    ///   - serviceAccounts: whose identity delegates have.
    ///   - claims: how claims of the origin are provided; without it pods with claims are not looked into.
    ///   - events: tells owners what becomes of their delegates' tokens, of what pods refer to, and of their claims.
    ///   - dependents: how copies of what pods refer to are kept.
    ///   - feedback: what of the remote is told in the origin beside the status.
    ///   - clock: measures the time between probes of the remote's health.
    ///   - now: time since 1970.
    package init(
        name: String,
        client: APIClient,
        probes: APIClient? = nil,
        scrapes: APIClient? = nil,
        origin: APIClient,
        sources: DependentSources,
        identity: DelegateIdentity,
        settings: TranslationSettings = TranslationSettings(),
        capacity: CapacitySettings = CapacitySettings(),
        serviceAccounts: ServiceAccountPolicy = .none,
        claims: ClaimSettings? = nil,
        events: EventRecorder,
        dependents: DependentOptions = DependentOptions(),
        logger: Logger,
        metrics: MetricsRegistry,
        feedback: RemoteFeedback = RemoteFeedback(),
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch
    ) {
        var policed = settings
        policed.policies = settings.policies.allowing(serviceAccounts)
        self.name = name
        self.clock = clock
        self.client = client
        self.probes = probes ?? client
        self.identity = identity
        self.settings = policed
        self.logger = logger.with(["cluster": name])
        self.metrics = metrics
        source = RemoteNodeSource(
            cluster: name,
            demand: NodeDemand(settings),
            settings: capacity,
            delegates: cache.store,
            now: now
        )
        namespaces = NamespaceDirectory(client: client, originID: identity.originID, logger: self.logger)
        features = RemoteFeatures(client: client)
        self.feedback = feedback
        remoteEvents = RemoteEvents(client: client, scope: feedback.events, logger: self.logger, now: now) { [cache] in
            cache.podUID(of: $0)
        }
        let surroundings = Surroundings(
            origin: origin,
            remote: client,
            identity: identity,
            source: source,
            events: events,
            clock: clock,
            now: now,
            logger: self.logger,
            metrics: metrics
        )
        accounts = surroundings.accounts(serviceAccounts, cluster: name, cache: cache)
        self.claims = claims.map { [namespaces] claims in
            surroundings.claims(claims, namespaces: namespaces) { key in
                let namespace = settings.namespace.name(for: key.namespace, originID: identity.originID)
                return ObjectKey(namespace: namespace, name: key.name)
            }
        }
        remoteUsage = RemoteUsage(
            cluster: name,
            client: scrapes ?? client,
            labelSelector: identity.labelSelector,
            delegates: cache.store,
            nodes: source.nodes,
            isReachable: { [source] in source.isReachable },
            logger: self.logger
        )
        self.dependents = Dependents(
            cluster: name,
            origin: origin,
            remote: client,
            identity: identity,
            namespaces: namespaces,
            delegates: cache.store,
            sources: sources,
            options: dependents,
            isReachable: { [source] in source.isReachable },
            tell: { [cache] uid, problem in
                guard let pod = cache.instance(for: uid)?.podKey else { return }
                surroundings.tellPod(pod, uid, problem.reason, problem.message)
            },
            logger: self.logger,
            metrics: metrics
        )
        self.dependents.onReady { [cache] uid in cache.wake(uid) }
        source.nodes.onChange { [cache] change in
            guard RemoteNode.isTurn(from: change.old, to: change.new), let node = change.new ?? change.old else {
                return
            }
            for uid in cache.podUIDs(onNode: node.metadata.name) { cache.wake(uid) }
        }
    }

    package func onChange(_ notify: @escaping @Sendable (UID) -> Void) {
        cache.onChange { [remoteEvents] uid in
            notify(uid)
            remoteEvents.delegatesChanged()
        }
    }

    package func onEvent(_ notify: @escaping @Sendable (InstanceEvent) -> Void) { remoteEvents.onEvent(notify) }

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
