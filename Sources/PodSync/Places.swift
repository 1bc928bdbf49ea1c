import KubeModel
import Lifecycle
import Providers
import Synchronization

/// How an instance stands with its cluster's scheduler.
package enum PodPlacing: Equatable, Sendable {
    /// It has a node, or may wait for one for as long as it takes, or there is none.
    case open
    /// It has none, and is withdrawn after this time.
    case waiting(Duration)
    /// It has had none for too long.
    case overdue
    /// It was withdrawn for that.
    case withdrawn
}

/// The pods of a cluster in which no pod waits for a node for ever: since when their instances have none, and which ones
/// were withdrawn.
///
/// Kept in memory: after a restart the time of each begins anew.
final class Places: Sendable {
    /// For how long the node says so beyond a pause: the pod that tries for all is looked at a moment later.
    private static let margin = Duration.seconds(2)

    /// An answer takes longer than a small limit: the creation and the withdrawal too, on a busy cluster. If the pause was
    /// over by then, another pod would try and the answer would not count.
    private static let leastPause = Duration.seconds(10)

    private struct Row {
        var instance: UID
        var since: ContinuousClock.Instant
        /// Of the instance when it was seen first.
        var fingerprint: PodFingerprint?
        var withdrawal: Withdrawal?

        /// Whether it is about this instance, or there is no other.
        func isOf(_ other: UID?) -> Bool { other == nil || other == instance }

        /// Whether a change in place may have given the instance a node. Labels and annotations seldom do, and some change
        /// all the time.
        func mayFit(since other: PodFingerprint) -> Bool {
            guard let fingerprint else { return false }
            return fingerprint.tolerations != other.tolerations || fingerprint.resources != other.resources
        }
    }

    /// The end of an instance that found no node.
    struct Withdrawal {
        /// What its pod fails with.
        let error: ProviderError
        let time: ContinuousClock.Instant
        /// Whether it was told twice.
        var isRenewed = false
    }

    /// For how long an instance may have no node.
    let limit: Duration
    /// Owners whose pods found no node. The pod that tries for all has the answer after the limit: the pauses are longer.
    let owners: OwnerBackoff
    /// Tells the node how long they wait.
    let shortage: PlaceShortage
    private let rows = Mutex<[UID: Row]>([:])

    init(limit: Duration, shortage: PlaceShortage = PlaceShortage()) {
        self.limit = limit
        self.shortage = shortage
        owners = OwnerBackoff(Backoff(base: max(limit, Self.leastPause), cap: max(limit * 2, .seconds(300))))
    }

    /// How the instance of a pod stands that has no node now.
    ///
    /// - Parameter fingerprint: what it carries of the pod; a change in place that may help gives it the whole time again.
    func placing(
        of pod: UID,
        instance: UID,
        fingerprint: PodFingerprint,
        now: ContinuousClock.Instant
    ) -> PodPlacing {
        rows.withLock { rows -> PodPlacing in
            let known = rows[pod].flatMap { $0.instance == instance ? $0 : nil }
            if known?.withdrawal != nil { return .withdrawn }
            let standing = known.flatMap { $0.mayFit(since: fingerprint) ? nil : $0 }
            let row = standing ?? Row(instance: instance, since: now, fingerprint: fingerprint)
            rows[pod] = row
            let left = row.since + limit - now
            return left > .zero ? .waiting(left) : .overdue
        }
    }

    /// The pod's instance has a node, or does not look for one, or there is none. Nothing undoes its withdrawal but another
    /// instance.
    func noteSettled(_ pod: UID, instance: UID?) {
        rows.withLock { rows in
            guard let row = rows[pod], row.withdrawal == nil || !row.isOf(instance) else { return }
            rows[pod] = nil
        }
    }

    /// The instance of a pod of this owner was withdrawn: from now on the pod can only fail, and its siblings wait.
    func note(
        withdrawal error: ProviderError,
        of pod: UID,
        instance: UID,
        owner: UID,
        now: ContinuousClock.Instant
    ) {
        let withdrawal = Withdrawal(error: error, time: now)
        rows.withLock { $0[pod] = Row(instance: instance, since: now, withdrawal: withdrawal) }
        owners.noteRefusal(owner: owner, pod: pod, words: error.description, now: now)
        tellShortage()
    }

    /// Where the pauses were over before the pod could fail, as in an outage, they begin anew, once. Returns whether they do.
    func renew(withdrawalOf pod: UID, owner: UID, now: ContinuousClock.Instant) -> Bool {
        guard shortage.remaining(now: now) == nil else { return false }
        let words = rows.withLock { rows -> String? in
            guard let withdrawal = rows[pod]?.withdrawal, !withdrawal.isRenewed else { return nil }
            rows[pod]?.withdrawal = Withdrawal(error: withdrawal.error, time: now, isRenewed: true)
            return withdrawal.error.description
        }
        guard let words else { return false }
        owners.noteRefusal(owner: owner, pod: pod, words: words, now: now)
        tellShortage()
        return true
    }

    /// The withdrawal of the pod's instance; nil if there was none, or there is another instance by now.
    func withdrawal(of pod: UID, instance: UID?) -> Withdrawal? {
        rows.withLock { rows in
            guard let row = rows[pod], row.isOf(instance) else { return nil }
            return row.withdrawal
        }
    }

    /// How long a pod of this owner has to wait for its instance, and what its siblings were told; nil when it may be tried.
    func pause(owner: UID, pod: UID, now: ContinuousClock.Instant) -> (wait: Duration, words: String)? {
        defer { tellShortage() }
        return owners.pause(owner: owner, pod: pod, now: now)
    }

    /// The pod's instance has a node. Returns whether siblings have waited for that.
    func notePlaced(owner: UID, pod: UID) -> Bool {
        guard owners.noteSuccess(owner: owner, probe: pod) else { return false }
        tellShortage()
        return true
    }

    private func tellShortage() { shortage.set { owners.lastPause.map { $0 + Self.margin } } }

    func forget(_ pod: UID) { rows.withLock { $0[pod] = nil } }
}
