internal import Administration
internal import KubeClient
internal import KubeModel
internal import Lifecycle
internal import Observability
internal import Synchronization

/// Knows which clusters are wanted, from the configuration file, a folder and Secrets of the origin, and how the latter
/// are reached.
final class ClusterCatalog: Service {
    private let client: APIClient
    /// The namespace of the Secrets; nil for none.
    private let namespace: String?
    private let events: EventRecorder
    private let logger: Logger
    private let metrics: MetricsRegistry
    private struct State {
        var list: ClusterList
        var want: @Sendable ([ClusterConfiguration], _ areAll: Bool) -> Void = { _, _ in }
    }

    private let state: Mutex<State>
    private let stores: [(format: ClusterSecret.Format, store: ObjectStore<ClusterSecret>)]

    /// - Parameters:
    ///   - client: calls the origin.
    ///   - namespace: where Secrets bring clusters; nil for nowhere.
    ///   - hasFolder: whether a folder of kubeconfigs brings clusters, too.
    ///   - address: where the origin reaches the kubelet endpoints.
    init(
        client: APIClient,
        namespace: String?,
        hasFolder: Bool,
        address: String?,
        events: EventRecorder,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.client = client
        self.namespace = namespace
        self.events = events
        self.logger = logger
        self.metrics = metrics
        var sources: Set<ClusterList.Source> = [.file]
        if hasFolder { sources.insert(.folder) }
        if namespace != nil { sources.insert(.secrets) }
        state = Mutex(State(list: ClusterList(address: address, awaiting: sources)))
        stores = ClusterSecret.Format.allCases.map { ($0, ObjectStore()) }
        for (_, store) in stores { store.onChange { [weak self] _ in self?.look() } }
    }

    /// Sets who is told all clusters that are wanted, each time that they may have changed, and whether all that bring
    /// clusters have told theirs. The closure must not block.
    func onChange(_ want: @escaping @Sendable ([ClusterConfiguration], _ areAll: Bool) -> Void) {
        state.withLock { $0.want = want }
    }

    /// Takes the clusters that the configuration file has now.
    @Sendable func take(fromFile clusters: [ClusterConfiguration]) {
        publish { $0.want(fromFile: clusters) }
    }

    /// Takes the clusters that the folder of kubeconfigs brings now.
    @Sendable func take(fromFolder offers: [ClusterOffer]) {
        publish { $0.want(fromFolder: offers) }
    }

    func run() async throws {
        guard let namespace else { return await ShutdownSignal.current.wait() }
        _ = try await cancelOnShutdown { try await self.follow(namespace) }
    }

    private func follow(_ namespace: String) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for (format, store) in stores {
                let reflector = Reflector(
                    client: client,
                    resource: .secrets,
                    namespace: namespace,
                    labelSelector: format.label,
                    store: store,
                    startsWithNewest: true,
                    logger: logger,
                    metrics: metrics
                )
                group.addTask { try await reflector.run() }
            }
            for (_, store) in stores { try await store.waitUntilSynced() }
            look()
        }
    }

    /// How a cluster is reached that a Secret brought.
    func kubeconfig(in secret: ObjectKey) -> SecretKubeconfig {
        SecretKubeconfig(key: secret, stores: stores.map(\.store))
    }

    /// Tells whoever looks at the Secret what is wrong with the kubeconfig that it has now.
    func report(_ error: KubeConfigError, in secret: ObjectKey) {
        let uid = stores.lazy.compactMap { $0.store.get(secret)?.metadata.uid }.first ?? ""
        tell(
            ClusterList.Problem(
                place: .secret(secret, uid: uid),
                reason: "KubeconfigUnusable",
                message: "The kubeconfig is of no use, the one before stays: \(error)",
                nodeNames: []
            )
        )
    }

    private func look() {
        guard stores.allSatisfy(\.store.isSynced) else { return }
        let secrets = Dictionary(stores.flatMap(\.store.objects).map { ($0.metadata.key, $0) }) { own, _ in own }
        publish { $0.want(secrets: Array(secrets.values)) }
    }

    private func publish(_ change: (inout ClusterList) -> ([ClusterConfiguration], [ClusterList.Problem])) {
        // Under the lock, so that what is wanted last is told last.
        let problems = state.withLock { state in
            let (clusters, problems) = change(&state.list)
            state.want(clusters, state.list.isComplete)
            return problems
        }
        for problem in problems { tell(problem) }
    }

    /// A Secret's owner reads it there; a file has none but the nodes that go on without it.
    private func tell(_ problem: ClusterList.Problem) {
        logger.warning(
            "A cluster can't be used as it is given",
            ["place": "\(problem.place)", "problem": problem.message]
        )
        switch problem.place {
        case .secret(let key, let uid):
            record(problem, about: "Secret", namespace: key.namespace, name: key.name, uid: uid)
        case .file:
            // A kubelet names its node by UID too where it tells of it.
            for name in problem.nodeNames { record(problem, about: "Node", namespace: "", name: name, uid: name) }
        }
    }

    private func record(
        _ problem: ClusterList.Problem,
        about kind: String,
        namespace: String,
        name: String,
        uid: UID
    ) {
        let reference = ObjectReference(apiVersion: "v1", kind: kind, namespace: namespace, name: name, uid: uid)
        events.record(about: reference, type: .warning, reason: problem.reason, message: problem.message)
    }
}

/// The kubeconfig of a Secret as it is now.
struct SecretKubeconfig: AccessSource {
    let key: ObjectKey
    let stores: [ObjectStore<ClusterSecret>]

    private var secret: ClusterSecret? { stores.lazy.compactMap { $0.get(key) }.first }

    func version() -> String? { secret?.version }

    func load() throws(KubeConfigError) -> ClusterAccess {
        guard let secret else {
            throw KubeConfigError(.unreadable, file: "Secret \(key)", message: "there is no such Secret any more")
        }
        return try secret.access()
    }
}
