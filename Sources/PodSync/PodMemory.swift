import KubeModel
import Synchronization

/// What is remembered of single pods between two looks; all of it can be lost without harm.
final class PodMemory: Sendable {
    struct Record {
        /// The grace of the pod's end, from the last the origin showed of it; 0 when it was deleted by force.
        var finalGrace: Int64?
        var key: ObjectKey?
        /// The last status patch, and the version of the pod that it was made for: the same again is not sent.
        var patch: (version: String, bytes: [UInt8])?
        /// The last problem that was told as an event.
        var told: String?
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

    /// Returns whether this is news for the pod's owner; notes it if so.
    func isNews(_ text: String?, for uid: UID) -> Bool {
        records.withLock { records in
            guard records[uid]?.told != text else { return false }
            records[uid, default: Record()].told = text
            return text != nil
        }
    }

    func forget(_ uid: UID) { records.withLock { $0[uid] = nil } }
}
