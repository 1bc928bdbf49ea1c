import KubeModel
import Lifecycle

/// How long claims that the remote refused have to wait before it is asked again. Pure: times are told as time since some
/// start.
///
/// The scheduler knows nothing of the refusal and may choose the same cluster again, within a second, for as long as there
/// is no better one. All of it can be lost without harm.
struct ClaimRefusals {
    private struct Row {
        /// As it was refused.
        let claim: OriginClaim
        var count = 0
        var notBefore = Duration.zero
        /// In which words its owner was told, and when.
        var told: [String: Duration] = [:]

        /// Whether the remote would be asked for the same again: the rest of a claim does not travel.
        func isAbout(_ other: OriginClaim) -> Bool {
            claim.spec == other.spec && claim.metadata.labels == other.metadata.labels
        }
    }

    /// Words beyond so many about one claim are not told: something in them differs each time.
    private static let maximumWords = 16
    /// When the same words are news again: API servers forget events after an hour (kube-apiserver, `--event-ttl`).
    static let memory = Duration.seconds(1800)

    private let backoff: Backoff
    private var rows: [UID: Row] = [:]

    init(_ backoff: Backoff) { self.backoff = backoff }

    /// How long the claim has to wait; nil if it need not, or has been changed since.
    func pause(of claim: OriginClaim, now: Duration) -> Duration? {
        guard let row = rows[claim.metadata.uid], row.isAbout(claim), row.notBefore > now else { return nil }
        return row.notBefore - now
    }

    /// Counts a refusal. Returns whether its words are new to the claim's owner.
    mutating func note(_ claim: OriginClaim, words: String, now: Duration) -> Bool {
        let uid = claim.metadata.uid
        var row = rows[uid].flatMap { $0.isAbout(claim) ? $0 : nil } ?? Row(claim: claim)
        row.count += 1
        row.notBefore = now + backoff.delay(failures: row.count)
        row.told = row.told.filter { now - $0.value < Self.memory }
        let isNews = row.told.count < Self.maximumWords && row.told[words] == nil
        if isNews { row.told[words] = now }
        rows[uid] = row
        return isNews
    }

    /// The claim is gone, or has its volume.
    mutating func forget(_ uid: UID) { rows[uid] = nil }
}
