import KubeModel

/// What a process knows of the lease that it wants to hold. Pure.
///
/// Whether the lease has run out is judged by how long the record has stayed the same before our eyes, never by the
/// times in it, because clocks differ.
struct ElectionState: Sendable {
    /// What other holders write; labels and the like may change without meaning life.
    private struct Record: Equatable {
        let holder: String
        let duration: Int64?
        let acquireTime: Double?
        let renewTime: Double?
        let transitions: Int64
    }

    let identity: String
    /// For leases that do not say how long they last.
    let fallbackDuration: Duration
    private var record: Record?
    private var changedAt: Duration = .zero
    private(set) var resourceVersion: String?
    private(set) var acquireTime: Double?
    /// When our last write that succeeded was sent.
    private(set) var writtenAt: Duration?

    init(identity: String, fallbackDuration: Duration) {
        self.identity = identity
        self.fallbackDuration = fallbackDuration
    }

    var holder: String? { record.flatMap { $0.holder.isEmpty ? nil : $0.holder } }
    var isHolder: Bool { record?.holder == identity }

    /// How often the lease has changed hands, as the next record has to say it.
    var nextTransitions: Int64 {
        guard let record else { return 0 }
        return isHolder ? record.transitions : record.transitions + 1
    }

    mutating func observe(_ lease: Lease, now: Duration) {
        let seen = Record(
            holder: lease.holderIdentity,
            duration: lease.leaseDurationSeconds,
            acquireTime: lease.acquireTime,
            renewTime: lease.renewTime,
            transitions: lease.leaseTransitions
        )
        if seen != record { changedAt = now }
        record = seen
        acquireTime = lease.acquireTime
        resourceVersion = lease.metadata.resourceVersion
    }

    /// Our own write, which the server answered with this.
    mutating func wrote(_ lease: Lease, sentAt: Duration) {
        observe(lease, now: sentAt)
        writtenAt = sentAt
    }

    /// Whether nobody else holds the lease, as far as we know.
    func mayTake(now: Duration) -> Bool {
        guard let record, holder != nil, !isHolder else { return true }
        let duration = record.duration.map { Duration.seconds($0) } ?? fallbackDuration
        return now - changedAt >= duration
    }
}
