import KubeModel
import Lifecycle
import Synchronization

/// What is remembered of single pods between two looks; all of it can be lost without harm.
final class PodMemory: Sendable {
    struct Record {
        /// The grace of the pod's end, from the last the origin showed of it; 0 when it was deleted by force.
        var finalGrace: Int64?
        var key: ObjectKey?
        /// Its end was seen, or under way, so that it is no surprise that the origin does not know it.
        var isExplained = false
        /// The last status patch, and the version of the pod that it was made for: the same again is not sent.
        var patch: (version: String, bytes: [UInt8])?
        /// The last problem that was told.
        var told: String?
        /// The last problem that an event was written of.
        var toldEvent: String?
        /// What is known of the instance that was asked for last, where one may run only once.
        var attempt = PodAttempt.settled
        /// Whether the pod carries the ``RunOnceMark`` by our own doing.
        var isMarked = false
        /// The version of the pod at which it was taken away; the watch has still to tell so.
        var released: String?
        /// How often in a row an instance was made that did not last, and when the last one was.
        var creations = 0
        var lastCreation: ContinuousClock.Instant?
        /// The rows of refusals by the cluster.
        var refusals: [Request: Refusals] = [:]
        /// The in-place change that was refused last, in the cluster's words.
        var refusedUpdate: UpdateState?
        /// The types of conditions that the pod has from the instance's cluster, and nobody else's; nil where only the
        /// origin may know, as of what an earlier process wrote.
        var mirrored: Set<String>?
        /// The steps that failed since one succeeded.
        var failures: Failures?
        /// Since when the waits last, as far as there are any.
        private var instanceAwaitedSince: ContinuousClock.Instant?
        private var statusAwaitedSince: ContinuousClock.Instant?

        /// Since when a wait lasts; nil for none. No dictionary: a wait begins and ends with each change of each pod.
        subscript(wait: Wait) -> ContinuousClock.Instant? {
            get {
                switch wait {
                case .instance: instanceAwaitedSince
                case .status: statusAwaitedSince
                }
            }
            set {
                switch wait {
                case .instance: instanceAwaitedSince = newValue
                case .status: statusAwaitedSince = newValue
                }
            }
        }
    }

    /// What is measured of how long a pod waits.
    enum Wait {
        /// From its binding, as it was seen, to its instance.
        case instance
        /// From a change of its instance, as it was seen, to its status.
        case status
    }

    /// Failures in a row, for who wonders.
    struct Failures {
        var count = 0
        /// The last one, and when it was.
        var reason: String
        var message: String
        var last: ContinuousClock.Instant
    }

    /// What a cluster can refuse.
    enum Request {
        case creation
        case update
    }

    /// Refusals in a row, of one state of the pod.
    struct Refusals {
        var count = 0
        var until: ContinuousClock.Instant
        let fingerprint: PodFingerprint
    }

    private let records = Mutex<[UID: Record]>([:])

    subscript(uid: UID) -> Record { records.withLock { $0[uid] ?? Record() } }

    func remember(_ uid: UID, finalGrace: Int64?, key: ObjectKey, isExplained: Bool) {
        records.withLock { records in
            records[uid, default: Record()].isExplained = isExplained
            records[uid, default: Record()].finalGrace = finalGrace
            records[uid, default: Record()].key = key
        }
    }

    /// Notes that the pod may be taken for gone, should the origin say so.
    func explain(_ uid: UID) { records.withLock { $0[uid, default: Record()].isExplained = true } }

    /// Returns whether this patch was sent for this version of the pod before; notes it otherwise.
    func isRepeated(_ patch: [UInt8], version: String, for uid: UID) -> Bool {
        records.withLock { records in
            let last = records[uid]?.patch
            if let last, last.version == version, last.bytes == patch { return true }
            records[uid, default: Record()].patch = (version, patch)
            return false
        }
    }

    /// A patch that did not arrive has not been sent.
    func dropPatch(for uid: UID) { records.withLock { $0[uid]?.patch = nil } }

    /// Notes the problem that the pod's owner was told of; nil when there is none any more.
    func note(told text: String?, for uid: UID) {
        records.withLock { records in
            guard records[uid]?.told != text else { return }
            records[uid, default: Record()].told = text
        }
    }

    /// Notes that an event was written of this problem; returns whether it is another than the last one.
    func isNews(_ text: String, for uid: UID) -> Bool {
        records.withLock { records in
            defer { records[uid, default: Record()].toldEvent = text }
            return records[uid]?.toldEvent != text
        }
    }

    /// The problem has passed: the same one again would be news.
    func forgetEvent(of uid: UID) { records.withLock { $0[uid]?.toldEvent = nil } }

    /// Notes that an instance is asked for of a pod that may run only once, and that the pod says so: whatever becomes of
    /// the call, there may be one from now on.
    func noteMarkedRequest(of uid: UID) {
        records.withLock { records in
            records[uid, default: Record()].attempt = .doubtful
            records[uid]?.isMarked = true
            records[uid]?.told = nil
        }
    }

    /// Notes that the cluster has not made what it was asked for.
    func noteUnmade(_ uid: UID) {
        records.withLock { records in
            guard records[uid]?.attempt == .doubtful else { return }
            records[uid]?.attempt = .unmade
        }
    }

    /// Notes that the instance is in view: what becomes of it is seen.
    func noteInView(_ uid: UID) {
        records.withLock { $0[uid]?.attempt = .settled }
    }

    /// Notes that the pod does not carry the mark any more.
    func noteUnmarked(_ uid: UID) {
        records.withLock { $0[uid]?.isMarked = false }
    }

    /// Notes that the pod was taken away.
    func noteRelease(of uid: UID, version: String) {
        records.withLock { $0[uid, default: Record()].released = version }
    }

    /// Notes that an instance was made.
    func noteCreation(of uid: UID, now: ContinuousClock.Instant) {
        records.withLock { records in
            records[uid, default: Record()].creations += 1
            records[uid, default: Record()].lastCreation = now
        }
    }

    /// How long to wait before an instance is made again: not at all for one that lasted, longer and longer where
    /// somebody in the cluster takes each new one away.
    func pauseBeforeCreation(of uid: UID, now: ContinuousClock.Instant, backoff: Backoff) -> Duration? {
        records.withLock { records in
            guard let record = records[uid], let last = record.lastCreation else { return nil }
            if now - last > backoff.cap {
                records[uid]?.creations = 0
                return nil
            }
            let due = last + backoff.delay(failures: record.creations)
            return due > now ? due - now : nil
        }
    }

    /// Counts a refusal of this state of the pod; returns how many there were in a row, and when to try again.
    func noteRefusal(
        of uid: UID,
        _ request: Request,
        fingerprint: PodFingerprint,
        now: ContinuousClock.Instant,
        backoff: Backoff
    ) -> (count: Int, pause: Duration) {
        records.withLock { records in
            var refusals = records[uid]?.refusals[request] ?? Refusals(until: now, fingerprint: fingerprint)
            if refusals.fingerprint != fingerprint { refusals = Refusals(until: now, fingerprint: fingerprint) }
            refusals.count += 1
            let pause = backoff.delay(failures: refusals.count)
            refusals.until = now + pause
            records[uid, default: Record()].refusals[request] = refusals
            return (refusals.count, pause)
        }
    }

    /// How long to wait before the cluster is asked again for what it refused: not at all once the pod has changed.
    func pauseAfterRefusal(
        of uid: UID,
        _ request: Request,
        fingerprint: PodFingerprint,
        now: ContinuousClock.Instant
    ) -> Duration? {
        guard let last = self[uid].refusals[request], last.fingerprint == fingerprint, last.until > now else {
            return nil
        }
        return last.until - now
    }

    /// Notes the words of a refused in-place change, or that there is none any more.
    func note(refusedUpdate state: UpdateState?, of uid: UID) {
        records.withLock { records in
            guard state != nil || records[uid]?.refusedUpdate != nil else { return }
            records[uid, default: Record()].refusedUpdate = state
            if state == nil { records[uid]?.refusals[.update] = nil }
        }
    }

    /// Notes the types of conditions that the pod has from the instance's cluster. Where there are none and there is no
    /// record, none is made: most pods never have any.
    func note(mirrored types: Set<String>, of uid: UID) {
        records.withLock { records in
            guard (records[uid]?.mirrored ?? []) != types else { return }
            records[uid, default: Record()].mirrored = types
        }
    }

    /// Notes what the origin says of whose the pod's conditions are.
    func note(inherited types: Set<String>, of uid: UID) {
        records.withLock { $0[uid, default: Record()].mirrored = types }
    }

    /// Counts a step that failed.
    func noteFailure(of uid: UID, reason: String, message: String, now: ContinuousClock.Instant) {
        records.withLock { records in
            let count = records[uid]?.failures?.count ?? 0
            let failures = Failures(count: count + 1, reason: reason, message: message, last: now)
            records[uid, default: Record()].failures = failures
        }
    }

    /// A step succeeded.
    func endFailures(of uid: UID) {
        records.withLock { records in
            guard records[uid]?.failures != nil else { return }
            records[uid]?.failures = nil
        }
    }

    /// The cluster took what it was asked for.
    func endRefusals(of uid: UID) {
        records.withLock { $0[uid]?.refusals[.creation] = nil }
    }

    /// The pod waits from now on, if it does not already.
    func begin(_ wait: Wait, of uid: UID, now: ContinuousClock.Instant) {
        records.withLock { records in
            guard records[uid]?[wait] == nil else { return }
            records[uid, default: Record()][wait] = now
        }
    }

    /// Ends a wait.
    ///
    /// - Returns: how long it was; nil if there was none.
    @discardableResult
    func end(_ wait: Wait, of uid: UID, now: ContinuousClock.Instant) -> Duration? {
        records.withLock { records in
            guard let start = records[uid]?[wait] else { return nil }
            records[uid]?[wait] = nil
            return now - start
        }
    }

    func forget(_ uid: UID) { records.withLock { $0[uid] = nil } }
}
