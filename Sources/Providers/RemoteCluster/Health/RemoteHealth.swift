import KubeClient
import KubeModel
import Lifecycle
import Observability
import Synchronization

/// Whether a remote is there, who it is, and how far away: one judgement for all virtual nodes that stand for it.
final class RemoteHealth: Sendable {
    fileprivate struct State {
        var tracker: HealthTracker
        var version = ""
        var estimate = RoundTripEstimate()
        var roundTrip = RoundTripWindow()
        var identity = RemoteIdentity()
        /// Counts returns of the remote: what was begun before the last one tells nothing new.
        var visit = 0
        /// The lists that tell what room there is and were not answered since the last return, and when that was.
        var uncounted: Set<String> = []
        var returned = Duration.zero
    }

    /// What is known of a remote at one time.
    struct View: Sendable {
        /// Whether it answers, and what it did meanwhile is known.
        let isPresent: Bool
        let health: NodeHealth
        /// What our identity may not see of it.
        let forbidden: NodeHealth?
        let forbiddenWatches: Set<String>
        /// Whether what tells of its room was listed since its last return, as far as our identity may list it.
        let isCounted: Bool
        /// Its release by its own word; empty while it has not answered.
        let version: String
        let roundTrip: Duration?
        let clusterID: String?
    }

    /// How long a remote that is back is waited for to tell what room it has. One that then still does not is as full as it
    /// was, and says why it can't be followed: its pods run, and must not be given up for that.
    private static let countBound = Duration.seconds(60)

    private let state: Mutex<State>
    private let now: @Sendable () -> Duration
    private let audience = Audience<Void>()

    /// - Parameter now: the time since 1970.
    init(cluster: String, now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch) {
        self.now = now
        state = Mutex(State(tracker: HealthTracker(cluster: cluster)))
    }

    /// Adds somebody who is told that ``view`` may have changed.
    func onChange(_ listener: Listener<Void>) { audience.add(listener) }

    var view: View {
        state.withLock { state in
            View(
                isPresent: state.tracker.standing == .present,
                health: state.tracker.health,
                forbidden: state.tracker.forbidden,
                forbiddenWatches: state.tracker.forbiddenWatches,
                isCounted: state.uncounted.isSubset(of: state.tracker.forbiddenWatches)
                    || now() - state.returned >= Self.countBound,
                version: state.version,
                roundTrip: state.roundTrip.least,
                clusterID: state.identity.seen
            )
        }
    }

    /// As in ``view``, for those who ask at each step of a pod and need no words.
    var presence: (isPresent: Bool, clusterID: String?) {
        state.withLock { ($0.tracker.standing == .present, $0.identity.seen) }
    }

    /// Its release by its own word; empty while it has not answered.
    var version: String { state.withLock { $0.version } }

    /// How long the next probe may take.
    var probeTimeout: Duration {
        state.withLock { $0.estimate.timeout(afterFailures: $0.tracker.failures?.count ?? 0) }
    }

    /// The number of the remote's return that lists and watches begin with now.
    var visit: Int { state.withLock { $0.visit } }

    /// Whether an answer took longer than the round trip that is known, by more than chance explains.
    func isLate(_ wait: Duration) -> Bool { state.withLock { $0.roundTrip.isLate(wait) } }

    /// Whether the next probe has to find out who the remote is.
    var needsIdentity: Bool { state.withLock { $0.identity.isDue } }
}

// MARK: - What happens

extension RemoteHealth {
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
            state.tracker.answered()
        }
    }

    /// A probe failed.
    ///
    /// - Returns: whether the remote is back, as far as a busy one can be.
    func failed(_ failure: ProbeFailure, signs: RemoteSigns) -> Bool {
        let now = now()
        return change { $0.tracker.failed(failure, at: now, signs: signs) }
    }

    /// A list was answered or a watch was opened: what the cluster has may be known from now on.
    ///
    /// - Parameters:
    ///   - visit: the number of the remote's return with which it began.
    ///   - isTruth: whether it tells what runs.
    func connected(_ resource: String, visit: Int, isTruth: Bool) {
        let now = now()
        state.withLock { state in
            state.tracker.watch(resource, failsWith: nil, at: now)
            guard visit == state.visit else { return }
            state.uncounted.remove(resource)
            if isTruth { state.tracker.caughtUp() }
        }
        audience.tell(())
    }

    /// A list or watch fails, again and again.
    func failing(_ resource: String, _ error: APIError) {
        let now = now()
        _ = change { $0.tracker.watch(resource, failsWith: ProbeFailure(error), at: now) }
    }

    /// Returns whether the change is the remote's return.
    private func change(_ body: (inout State) -> Void) -> Bool {
        let now = now()
        let (isBack, isNews) = state.withLock { state in
            let before = state.news
            body(&state)
            let isBack = before.standing != .returning && state.tracker.standing == .returning
            if isBack {
                state.visit += 1
                state.uncounted = [CapacityAssumption.nodes, CapacityAssumption.others]
                state.returned = now
            }
            if before.standing != .lost, state.tracker.standing == .lost { state.identity.doubt() }
            return (isBack, before != state.news)
        }
        if isNews { audience.tell(()) }
        return isBack
    }
}

extension RemoteHealth.State {
    /// What those who watch want to be told of.
    fileprivate struct News: Equatable {
        let standing: HealthTracker.Standing
        let health: NodeHealth
        let forbidden: NodeHealth?
        let version: String
        let roundTrip: Duration?
        let clusterID: String?
    }

    fileprivate var news: News {
        News(
            standing: tracker.standing,
            health: tracker.health,
            forbidden: tracker.forbidden,
            version: version,
            roundTrip: roundTrip.least,
            clusterID: identity.seen
        )
    }
}
