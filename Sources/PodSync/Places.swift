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
    private struct Row {
        var instance: UID
        var since: ContinuousClock.Instant
        var withdrawal: ProviderError?
    }

    /// For how long an instance may have no node.
    let limit: Duration
    /// Owners whose pods found no node. The pod that tries for all has the answer after the limit: the pauses are longer.
    let owners: OwnerBackoff
    private let rows = Mutex<[UID: Row]>([:])

    init(limit: Duration) {
        self.limit = limit
        owners = OwnerBackoff(Backoff(base: limit, cap: max(limit * 2, .seconds(300))))
    }

    /// How the instance of a pod stands that has no node now.
    func placing(of pod: UID, instance: UID, now: ContinuousClock.Instant) -> PodPlacing {
        let since = rows.withLock { rows in
            if let row = rows[pod], row.instance == instance { return row.since }
            rows[pod] = Row(instance: instance, since: now)
            return now
        }
        let left = since + limit - now
        return left > .zero ? .waiting(left) : .overdue
    }

    /// The pod's instance has a node, or does not look for one.
    func noteSettled(_ pod: UID) {
        rows.withLock { rows in
            if rows[pod] != nil { rows[pod] = nil }
        }
    }

    /// The pod's instance was withdrawn, for this reason: from now on the pod can only fail.
    func note(withdrawal error: ProviderError, of pod: UID, instance: UID, now: ContinuousClock.Instant) {
        rows.withLock { $0[pod] = Row(instance: instance, since: now, withdrawal: error) }
    }

    /// Why the pod's instance was withdrawn; nil if it was not.
    func withdrawal(of pod: UID) -> ProviderError? { rows.withLock { $0[pod]?.withdrawal } }

    func forget(_ pod: UID) { rows.withLock { $0[pod] = nil } }
}
