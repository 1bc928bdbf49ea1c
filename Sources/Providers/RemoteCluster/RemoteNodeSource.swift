import KubeClient
import KubeModel
import Observability
import Synchronization

/// A remote as one node: the sum of its nodes, its version, its health.
final class RemoteNodeSource: NodeSource {
    fileprivate struct State {
        var health: HealthTracker
        var version = ""
        var estimate = RoundTripEstimate()
        var roundTrip = RoundTripWindow()
        var identity = RemoteIdentity()
        /// Counts returns of the remote: what was begun before the last one tells nothing new.
        var visit = 0
        /// What was found by looking at all nodes; nil when something changed since.
        var survey: Survey?
        /// Counts changes, so that what was overtaken while it was found is not kept.
        var changes: UInt64 = 0
        var observers: [@Sendable () -> Void] = []
    }

    /// The nodes as one.
    fileprivate struct Survey {
        let capacity: ResourceList
        let allocatable: ResourceList
        let platform: NodePlatform
        let sharedLabels: [String: String]?
    }

    let nodes = ObjectStore<RemoteNode>()
    let foreignPods = ObjectStore<ForeignPod>()
    private let state: Mutex<State>
    private let now: @Sendable () -> Duration
    private let cluster: String
    private let demand: NodeDemand
    private let settings: CapacitySettings
    private let delegates: ObjectStore<Delegate>

    /// - Parameters:
    ///   - demand: what makes a node of the cluster one for delegates.
    ///   - settings: what the configuration says of the cluster's size.
    ///   - delegates: our own pods there.
    ///   - now: the time since 1970.
    init(
        cluster: String,
        demand: NodeDemand = NodeDemand(),
        settings: CapacitySettings = CapacitySettings(),
        delegates: ObjectStore<Delegate> = ObjectStore(),
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch
    ) {
        self.now = now
        self.cluster = cluster
        self.demand = demand
        self.settings = settings
        self.delegates = delegates
        state = Mutex(State(health: HealthTracker(cluster: cluster)))
        nodes.onChange { [weak self] _ in self?.invalidate() }
        foreignPods.onChange { [weak self] _ in self?.invalidate() }
    }

    func onNodeChange(_ notify: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(notify) }
    }

    var isReachable: Bool { state.withLock { $0.health.standing == .present && $0.identity.change == nil } }

    /// The remote's release by its own word; empty while it has not answered.
    var version: String { state.withLock { $0.version } }

    func expect(clusterID: String?) {
        _ = change { $0.identity.expected = clusterID }
    }

    var report: NodeReport {
        let survey = currentSurvey()
        return state.withLock { state in
            let isPresent = state.health.standing == .present
            let change = isPresent ? state.identity.change : nil
            let uncounted = isPresent ? self.uncounted(state.health) : nil
            let health = change.map(self.changed) ?? uncounted ?? state.health.health
            return NodeReport(
                capacity: survey.capacity,
                allocatable: survey.allocatable,
                version: state.version,
                operatingSystem: survey.platform.operatingSystem,
                architecture: survey.platform.architecture,
                sharedLabels: survey.sharedLabels,
                health: health,
                roundTrip: state.roundTrip.least,
                clusterID: state.identity.seen
            )
        }
    }

    var slots: NodeSlots? {
        guard nodes.isSynced, foreignPods.isSynced, delegates.isSynced else { return nil }
        let pods = foreignPods.objects + delegates.objects.compactMap { ForeignPod($0) }
        let free = CapacitySum.free(nodes: nodes.objects, for: demand, pods: pods)
        return NodeSlots(free: Array(free.values))
    }

    /// What is said of a remote that is there and whose room is not known, or not by counting; nil where it is.
    private func uncounted(_ health: HealthTracker) -> NodeHealth? {
        if nodes.isSynced, foreignPods.isSynced { return nil }
        let assumption = CapacityAssumption(
            hasNodes: nodes.isSynced,
            hasPods: foreignPods.isSynced,
            forbidden: health.forbiddenWatches,
            assumed: settings.assumed
        )
        return assumption?.health ?? health.forbidden ?? Self.unlisted
    }

    /// A node that is Ready with an amount that is not known yet would be overfilled, or passed over.
    private static let unlisted = NodeHealth.unknown(
        reason: "CapacityUnknown",
        message: "The cluster answers; its nodes and their pods have not been listed yet."
    )

    private func changed(_ change: RemoteIdentity.Change) -> NodeHealth {
        .notReady(
            reason: "RemoteChanged",
            message: "Cluster \(cluster) is another one than before: its namespace kube-system has the UID "
                + "\(change.seen), not \(change.expected). Nothing is done there. If that is intended: kubectl annotate "
                + "--overwrite node \(cluster) martlet.dev/remote-id=\(change.seen)"
        )
    }

    private func invalidate() {
        let observers = state.withLock { state in
            state.survey = nil
            state.changes += 1
            return state.observers
        }
        for notify in observers { notify() }
    }

    private func currentSurvey() -> Survey {
        let (known, changes) = state.withLock { ($0.survey, $0.changes) }
        if let known { return known }
        let survey = survey()
        state.withLock { state in
            if state.changes == changes { state.survey = survey }
        }
        return survey
    }

    private func survey() -> Survey {
        let (isListed, nodes) = (nodes.isSynced, nodes.objects)
        let (capacity, allocatable) =
            !isListed && !settings.assumed.isEmpty
            ? (settings.assumed, settings.assumed.subtracting(settings.reserve))
            : CapacitySum.total(nodes: nodes, for: demand, foreign: foreignPods.objects, settings: settings)
        return Survey(
            capacity: capacity,
            allocatable: allocatable,
            platform: NodePlatform.commonest(of: nodes, for: demand),
            sharedLabels: isListed ? SharedLabels.of(nodes, for: demand) : nil
        )
    }
}

// MARK: - Health

extension RemoteNodeSource {
    /// How long the next probe may take.
    var probeTimeout: Duration {
        state.withLock { $0.estimate.timeout(afterFailures: $0.health.failures?.count ?? 0) }
    }

    /// The number of the remote's return that lists and watches begin with now.
    var visit: Int { state.withLock { $0.visit } }

    /// Whether an answer took longer than the round trip that is known, by more than chance explains.
    func isLate(_ wait: Duration) -> Bool { state.withLock { $0.roundTrip.isLate(wait) } }

    /// Whether the next probe has to find out who the remote is.
    var needsIdentity: Bool { state.withLock { $0.identity.isDue } }

    /// The remote has said who it is; nil if it does not tell us.
    func identified(_ clusterID: String?) {
        _ = change { $0.identity.note(clusterID) }
    }

    /// The remote answered a probe.
    ///
    /// - Parameters:
    ///   - took: the time of the whole probe.
    ///   - wait: that between request and answer.
    /// - Returns: whether it is back, so that everything has to be listed anew.
    func answered(version: String, took: Duration, wait: Duration) -> Bool {
        change { state in
            state.estimate.note(took)
            state.roundTrip.note(wait)
            state.version = version
            state.identity.age()
            state.health.answered()
        }
    }

    /// A probe failed.
    ///
    /// - Returns: whether the remote is back, as far as a busy one can be.
    func failed(_ failure: ProbeFailure, signs: RemoteSigns) -> Bool {
        let now = now()
        return change { $0.health.failed(failure, at: now, signs: signs) }
    }

    /// A list was answered or a watch was opened: what the cluster has may be known from now on.
    ///
    /// - Parameters:
    ///   - visit: the number of the remote's return with which it began.
    ///   - isTruth: whether it tells what runs.
    func connected(_ resource: String, visit: Int, isTruth: Bool) {
        let now = now()
        _ = change { state in
            state.health.watch(resource, failsWith: nil, at: now)
            if isTruth, visit == state.visit { state.health.caughtUp() }
        }
        invalidate()
    }

    /// A list or watch fails, again and again.
    func failing(_ resource: String, _ error: APIError) {
        let now = now()
        _ = change { $0.health.watch(resource, failsWith: ProbeFailure(error), at: now) }
    }

    /// Returns whether the change is the remote's return.
    private func change(_ body: (inout State) -> Void) -> Bool {
        let (isBack, observers) = state.withLock { state in
            let before = state.news
            body(&state)
            let isBack = before.standing != .returning && state.health.standing == .returning
            if isBack { state.visit += 1 }
            if before.standing != .lost, state.health.standing == .lost { state.identity.doubt() }
            return (isBack, before == state.news ? [] : state.observers)
        }
        for notify in observers { notify() }
        return isBack
    }
}

extension RemoteNodeSource.State {
    /// What those who watch want to be told of.
    fileprivate struct News: Equatable {
        let standing: HealthTracker.Standing
        let health: NodeHealth
        let forbidden: NodeHealth?
        let version: String
        let roundTrip: Duration?
        let identity: RemoteIdentity.Change?
        let clusterID: String?
    }

    fileprivate var news: News {
        News(
            standing: health.standing,
            health: health.health,
            forbidden: health.forbidden,
            version: version,
            roundTrip: roundTrip.least,
            identity: identity.change,
            clusterID: identity.seen
        )
    }
}
