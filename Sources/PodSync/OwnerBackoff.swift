import KubeModel
import Lifecycle
import Synchronization

/// Keeps controllers from replacing refused pods in a hurry: the pods of one owner wait, longer and longer, after one of
/// them was refused for good, and then one of them tries for all. A pod that gets its instance ends that.
///
/// Kept in memory: after a restart the first pod of each owner is tried at once again.
final class OwnerBackoff: Sendable {
    private struct Row {
        var refusals = 1
        var notBefore: ContinuousClock.Instant
        /// The pod that tries for all.
        var probe: UID?
        var words: String
    }

    /// Owners beyond this many are forgotten, those that were refused longest ago first.
    private static let capacity = 4096

    private let backoff: Backoff
    private let rows = Mutex<[UID: Row]>([:])

    init(_ backoff: Backoff) { self.backoff = backoff }

    /// How long a pod of this owner has to wait, and what its siblings were told; nil when it may be tried.
    func pause(
        owner: UID,
        pod: UID,
        now: ContinuousClock.Instant
    ) -> (wait: Duration, words: String)? {
        rows.withLock { rows in
            guard let row = rows[owner], row.probe != pod else { return nil }
            if row.notBefore > now { return (row.notBefore - now, row.words) }
            rows[owner]?.probe = pod
            rows[owner]?.notBefore = now + backoff.delay(failures: row.refusals + 1)
            return nil
        }
    }

    /// A pod of this owner was refused for good, in these words. Those that were tried at the same time count as one.
    func noteRefusal(owner: UID, pod: UID, words: String, now: ContinuousClock.Instant) {
        rows.withLock { rows in
            guard var row = rows[owner] else {
                if rows.count >= Self.capacity { Self.makeRoom(&rows) }
                rows[owner] = Row(notBefore: now + backoff.delay(failures: 1), words: words)
                return
            }
            guard row.probe == pod || row.notBefore <= now else { return }
            row.refusals += 1
            row.notBefore = now + backoff.delay(failures: row.refusals)
            row.probe = nil
            row.words = words
            rows[owner] = row
        }
    }

    /// A pod of this owner got its instance. Returns whether others of it have waited.
    func noteSuccess(owner: UID) -> Bool {
        rows.withLock { $0.removeValue(forKey: owner) != nil }
    }

    /// A pod of this owner got what it was tried for. Returns whether it was the one that tried for all; that ends it then.
    func noteSuccess(owner: UID, probe pod: UID) -> Bool {
        rows.withLock { rows in
            guard let row = rows[owner], row.probe == pod else { return false }
            rows[owner] = nil
            return true
        }
    }

    /// When the last of the pauses is over; nil if there is none.
    var lastPause: ContinuousClock.Instant? { rows.withLock { $0.values.map(\.notBefore).max() } }

    private static func makeRoom(_ rows: inout [UID: Row]) {
        let oldest = rows.sorted { $0.value.notBefore < $1.value.notBefore }.prefix(rows.count / 4 + 1)
        for (owner, _) in oldest { rows[owner] = nil }
    }
}
