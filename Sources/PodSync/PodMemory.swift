import KubeModel
import Lifecycle
import Synchronization

/// What is remembered of single pods between two looks; all of it can be lost without harm.
final class PodMemory: Sendable {
    struct Record {
        /// The grace of the pod's end, from the last the origin showed of it; 0 when it was deleted by force.
        var finalGrace: Int64?
        var key: ObjectKey?
        /// The last status patch, and the version of the pod that it was made for: the same again is not sent.
        var patch: (version: String, bytes: [UInt8])?
        /// The last problem that was told.
        var told: String?
        /// The version of the pod at which it was taken away; the watch has still to tell so.
        var released: String?
        /// How often in a row an instance was made that did not last, and when the last one was.
        var creations = 0
        var lastCreation: ContinuousClock.Instant?
    }

    private let records = Mutex<[UID: Record]>([:])

    subscript(uid: UID) -> Record { records.withLock { $0[uid] ?? Record() } }

    func remember(_ uid: UID, finalGrace: Int64?, key: ObjectKey) {
        records.withLock { records in
            records[uid, default: Record()].finalGrace = finalGrace
            records[uid, default: Record()].key = key
        }
    }

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

    func forget(_ uid: UID) { records.withLock { $0[uid] = nil } }
}
