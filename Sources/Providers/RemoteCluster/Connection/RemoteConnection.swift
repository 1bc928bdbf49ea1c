package import KubeClient
import KubeModel
package import Observability

/// The one connection to a remote: its clients and their budgets, its watches, its health. The virtual nodes that stand
/// for parts of the remote share it, so that the remote has as much to do for three as for one.
///
/// It goes on from where it was when it is run again.
package final class RemoteConnection: Sendable {
    /// A virtual node that stands for nodes of the remote.
    package struct Member: Sendable {
        let nodeName: String
        let demand: NodeDemand

        /// - Parameter settings: what the configuration makes of its pods, which tells the remote's nodes that are its own.
        package init(nodeName: String, settings: TranslationSettings) {
            self.nodeName = nodeName
            demand = NodeDemand(settings)
        }
    }

    /// What of the remote is followed beside its nodes, pods and copies.
    package struct Interests: Sendable {
        /// Whether claims of the origin are provided there.
        package var claims: Bool
        /// Whether delegates have tokens of the origin.
        package var tokens: Bool
        package var events: EventScope

        package init(claims: Bool = false, tokens: Bool = false, events: EventScope = .warnings) {
            self.claims = claims
            self.tokens = tokens
            self.events = events
        }
    }

    let name: String
    let client: APIClient
    let probes: APIClient
    let scrapes: APIClient
    let owners: DelegateOwners
    let interests: Interests
    let logger: Logger
    let metrics: MetricsRegistry
    /// Measures the time between probes.
    let clock: any Clock<Duration>

    let health: RemoteHealth
    let delegates = ObjectStore<Delegate>()
    /// Opened when there is one: before that no event is of interest.
    let firstDelegate = Latch()
    let nodes = ObjectStore<RemoteNode>()
    let foreignPods = ObjectStore<ForeignPod>()
    let claims = ObjectStore<RemoteClaim>()
    /// Opened when the first claim is to be provided.
    let claimNeed = Latch()
    let tokenSecrets = ObjectStore<TokenSecret>()
    /// Opened when the first delegate is to have tokens.
    let tokenNeed = Latch()
    let copies: RemoteCopies
    let namespaces: NamespaceDirectory
    let features: RemoteFeatures
    let events: RemoteEvents
    private let members: [Member]

    /// - Parameters:
    ///   - name: that of the cluster.
    ///   - client: calls the remote.
    ///   - probes: asks the remote whether it is there, with a budget that nothing else uses up; nil for the same client.
    ///   - scrapes: asks what delegates use, with a budget of its own; nil for the same client.
    ///   - members: the virtual nodes that share it, in the order of the configuration: a node of the remote that several
    ///     could have counts for the first.
    ///   - clock: measures the time between probes of the remote's health.
    ///   - now: time since 1970.
    package init(
        name: String,
        client: APIClient,
        probes: APIClient? = nil,
        scrapes: APIClient? = nil,
        originID: String,
        members: [Member],
        interests: Interests = Interests(),
        logger: Logger,
        metrics: MetricsRegistry,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch
    ) {
        self.name = name
        self.client = client
        self.probes = probes ?? client
        self.scrapes = scrapes ?? client
        self.members = members
        self.interests = interests
        self.logger = logger.with(["cluster": name])
        self.metrics = metrics
        self.clock = clock
        owners = DelegateOwners(originID: originID, nodeNames: members.map(\.nodeName))
        health = RemoteHealth(cluster: name, now: now)
        copies = RemoteCopies(cluster: name)
        namespaces = NamespaceDirectory(client: client, originID: originID, logger: self.logger)
        features = RemoteFeatures(client: client)
        events = RemoteEvents(
            client: client,
            scope: interests.events,
            logger: self.logger,
            now: now
        ) { [delegates] uid in
            delegates.get(uid: uid).flatMap { $0.isAtItsPlace ? $0 : nil }
        }
        delegates.onChange(for: self) { [firstDelegate] _ in firstDelegate.open() }
    }

    /// Which of the remote's nodes a virtual node stands for, and which it would if no other did.
    func share(of nodeName: String) -> NodeShare {
        let earlier = members.prefix { $0.nodeName != nodeName }
        let own = members.first { $0.nodeName == nodeName }?.demand ?? NodeDemand()
        return NodeShare(own: own, others: earlier.map { ($0.nodeName, $0.demand) }, isShared: members.count > 1)
    }
}
