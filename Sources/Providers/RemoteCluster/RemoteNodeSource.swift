import KubeClient
import KubeModel
import Lifecycle
import Observability
import Synchronization

/// A remote, or some of its nodes, as one node: the sum of them, the remote's version and health.
final class RemoteNodeSource: NodeSource {
    private struct State {
        /// Which cluster it was so far.
        var expectedID: String?
        /// What was found by looking at all nodes; nil when something changed since.
        var survey: Survey?
        /// Counts changes, so that what was overtaken while it was found is not kept.
        var changes: UInt64 = 0
        var observers: [@Sendable () -> Void] = []
    }

    /// The nodes as one.
    private struct Survey {
        /// Whether it was made when all nodes were known.
        let isListed: Bool
        let capacity: ResourceList
        let allocatable: ResourceList
        let platform: NodePlatform
        let sharedLabels: [String: String]?
        let declaredFeatures: [String]?
        let overlap: String?
    }

    let health: RemoteHealth
    let nodes: ObjectStore<RemoteNode>
    let foreignPods: ObjectStore<ForeignPod>
    private let state = Mutex(State())
    private let cluster: String
    private let nodeName: String
    private let share: NodeShare
    private let settings: CapacitySettings
    private let delegates: ObjectStore<Delegate>

    /// - Parameters:
    ///   - nodeName: the virtual node; nil where it is called like the cluster.
    ///   - share: which of the cluster's nodes it stands for.
    ///   - settings: what the configuration says of the cluster's size.
    ///   - nodes: all of the cluster's.
    ///   - foreignPods: the pods there that are nobody's delegates.
    ///   - delegates: those there of all virtual nodes that share the cluster.
    init(
        cluster: String,
        nodeName: String? = nil,
        share: NodeShare = NodeShare(),
        settings: CapacitySettings = CapacitySettings(),
        health: RemoteHealth? = nil,
        nodes: ObjectStore<RemoteNode> = ObjectStore(),
        foreignPods: ObjectStore<ForeignPod> = ObjectStore(),
        delegates: ObjectStore<Delegate> = ObjectStore()
    ) {
        self.cluster = cluster
        self.nodeName = nodeName ?? cluster
        self.share = share
        self.settings = settings
        self.health = health ?? RemoteHealth(cluster: cluster)
        self.nodes = nodes
        self.foreignPods = foreignPods
        self.delegates = delegates
        self.health.onChange(Listener(for: self) { [weak self] in self?.tell() })
        nodes.onChange(for: self) { [weak self] _ in self?.invalidate() }
        foreignPods.onChange(for: self) { [weak self] _ in self?.invalidate() }
        guard share.isShared else { return }
        delegates.onChange(for: self) { [weak self] in self?.delegateChanged($0) }
    }

    func onNodeChange(_ notify: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(notify) }
    }

    var isReachable: Bool {
        let (isPresent, clusterID) = health.presence
        return isPresent && change(to: clusterID) == nil
    }

    /// The remote's release by its own word; empty while it has not answered.
    var version: String { health.version }

    func expect(clusterID: String?) {
        let isNews = state.withLock { state in
            defer { state.expectedID = clusterID }
            return state.expectedID != clusterID
        }
        if isNews { tell() }
    }

    var report: NodeReport {
        let survey = currentSurvey()
        let view = health.view
        let change = view.isPresent ? change(to: view.clusterID) : nil
        let uncounted = view.isPresent ? self.uncounted(view) : nil
        return NodeReport(
            capacity: survey.capacity,
            allocatable: survey.allocatable,
            version: view.version,
            operatingSystem: survey.platform.operatingSystem,
            architecture: survey.platform.architecture,
            sharedLabels: survey.sharedLabels,
            declaredFeatures: survey.declaredFeatures,
            health: change.map(self.changed) ?? uncounted ?? view.health,
            roundTrip: view.roundTrip,
            clusterID: view.clusterID,
            overlap: survey.overlap
        )
    }

    var slots: NodeSlots? {
        guard nodes.isSynced, foreignPods.isSynced, delegates.isSynced else { return nil }
        let pods = foreignPods.objects + delegates.objects.compactMap { ForeignPod($0) }
        let free = CapacitySum.free(nodes: share.counted(nodes.objects), for: share.own, pods: pods)
        return NodeSlots(free: Array(free.values))
    }

    private func change(to clusterID: String?) -> RemoteIdentity.Change? {
        RemoteIdentity.Change(expected: state.withLock { $0.expectedID }, seen: clusterID)
    }

    /// What is said of a remote that is there and whose room is not known, or not by counting; nil where it is.
    private func uncounted(_ view: RemoteHealth.View) -> NodeHealth? {
        // What was known before an outage counts no more.
        guard view.isCounted else { return Self.unlisted }
        if nodes.isSynced, foreignPods.isSynced { return nil }
        // Nothing that stands in for counting makes a cluster usable whose delegates can't be seen.
        if !delegates.isSynced, view.forbiddenWatches.contains(CapacityAssumption.delegates) { return view.forbidden }
        let assumption = CapacityAssumption(
            hasNodes: nodes.isSynced,
            hasPods: foreignPods.isSynced,
            forbidden: view.forbiddenWatches,
            assumed: settings.assumed
        )
        return assumption?.health ?? view.forbidden ?? Self.unlisted
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
                + "--overwrite node \(nodeName) martlet.dev/remote-id=\(change.seen)"
        )
    }
}

// MARK: - The nodes as one

extension RemoteNodeSource {
    private func invalidate() {
        state.withLock { state in
            state.survey = nil
            state.changes += 1
        }
        tell()
    }

    private func tell() {
        for notify in state.withLock({ $0.observers }) { notify() }
    }

    /// A delegate of another virtual node takes room here only where it runs on a node that counts here: one that both
    /// could have, or that was given other labels.
    private func delegateChanged(_ change: StoreChange<Delegate>) {
        let isPlaced = [change.old, change.new].contains { delegate in
            guard let delegate, isOther(delegate), let name = delegate.nodeName,
                let node = nodes.get(ObjectKey(namespace: "", name: name))
            else { return false }
            return share.own.admits(node)
        }
        if isPlaced { invalidate() }
    }

    private func isOther(_ delegate: Delegate) -> Bool { delegate.virtualNode != nodeName }

    private func currentSurvey() -> Survey {
        let (known, changes) = state.withLock { ($0.survey, $0.changes) }
        let isListed = nodes.isSynced
        if let known, known.isListed == isListed { return known }
        let survey = survey(isListed: isListed)
        state.withLock { state in
            if state.changes == changes { state.survey = survey }
        }
        return survey
    }

    private func survey(isListed: Bool) -> Survey {
        let all = nodes.objects
        let counted = share.counted(all)
        let (capacity, allocatable) =
            !isListed && !settings.assumed.isEmpty
            ? (settings.assumed, settings.assumed.subtracting(settings.reserve))
            : CapacitySum.total(nodes: counted, for: share.own, foreign: strangers, settings: settings)
        return Survey(
            isListed: isListed,
            capacity: capacity,
            allocatable: allocatable,
            platform: NodePlatform.commonest(of: counted, for: share.own),
            sharedLabels: isListed ? SharedLabels.of(counted, for: share.own) : nil,
            declaredFeatures: isListed ? DeclaredFeatures.of(counted, for: share.own) : nil,
            overlap: share.overlap(of: all)
        )
    }

    /// Pods that are not our delegates, those of other virtual nodes counted.
    private var strangers: [ForeignPod] {
        guard share.isShared else { return foreignPods.objects }
        return foreignPods.objects + delegates.objects.filter(isOther).compactMap { ForeignPod($0) }
    }
}
