import KubeModel

/// Who uses which objects: the reference counts of a remote's copies. Pure.
struct DependentUsers: Sendable {
    enum User: Hashable, Sendable {
        /// A pod of the origin, by its UID.
        case pod(UID)
        /// A delegate, by its own UID.
        case delegate(UID)
    }

    private struct Entry: Sendable {
        var pods: Set<UID> = []
        var delegates = 0
        /// How many pods mean which source.
        var sources: [DependentKey: Int] = [:]
        /// How many pods may start without it.
        var optional = 0
    }

    private var uses: [User: [DependentUse]] = [:]
    private var entries: [DependentKey: Entry] = [:]

    /// Sets all that one user uses; nothing when it is gone.
    ///
    /// - Returns: the copies that it uses from now on, and those that it used.
    mutating func set(_ new: [DependentUse], of user: User) -> Set<DependentKey> {
        let old = uses[user] ?? []
        guard old != new else { return [] }
        for use in old { count(use, by: user, -1) }
        for use in new { count(use, by: user, 1) }
        uses[user] = new.isEmpty ? nil : new
        return Set(old.map(\.copy)).union(new.map(\.copy))
    }

    func uses(of user: User) -> [DependentUse]? { uses[user] }

    func isUsed(_ copy: DependentKey) -> Bool { entries[copy] != nil }

    /// Whether a pod looks for it that may start without.
    func hasOptionalUse(of copy: DependentKey) -> Bool { (entries[copy]?.optional ?? 0) > 0 }

    /// The pods that use it.
    func pods(of copy: DependentKey) -> Set<UID> { entries[copy]?.pods ?? [] }

    /// What the pods mean by it. When they mean several: what the copy is of now, or the first by name.
    func source(of copy: DependentKey, preferring current: ObjectKey?) -> ObjectKey? {
        let places = (entries[copy]?.sources.keys).map { $0.map(\.place) } ?? []
        if let current, places.contains(current) { return current }
        return places.min()
    }

    var keys: [DependentKey] { Array(entries.keys) }

    private mutating func count(_ use: DependentUse, by user: User, _ step: Int) {
        var entry = entries[use.copy] ?? Entry()
        switch user {
        case .delegate: entry.delegates += step
        case .pod(let uid):
            if step > 0 { entry.pods.insert(uid) } else { entry.pods.remove(uid) }
            if use.isOptional { entry.optional += step }
            if let source = use.source {
                let count = (entry.sources[source] ?? 0) + step
                entry.sources[source] = count > 0 ? count : nil
            }
        }
        entries[use.copy] = entry.pods.isEmpty && entry.delegates == 0 ? nil : entry
    }
}
