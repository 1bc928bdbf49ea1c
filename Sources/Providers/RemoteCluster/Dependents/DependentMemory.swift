import KubeModel

/// What is remembered of single copies between two looks; all of it can be lost without harm, except who uses what.
struct DependentMemory: Sendable {
    struct Record: Sendable {
        /// What is followed in the origin for it.
        var held: DependentKey?
        /// When its last user went, as far as we know.
        var unusedSince: ContinuousClock.Instant?
        /// Since when its source is missing, as far as we know.
        var sourcelessSince: ContinuousClock.Instant?
        /// Why it can't be made.
        var problem: ProviderError?
        /// An object of others stood there, as we saw last.
        var isTaken = false
        /// Until when it is believed that nothing stands there.
        var vacantUntil: ContinuousClock.Instant?
        /// It is being taken away: no pod may count on it.
        var isGoing = false
        /// Somebody else has changed it since we wrote it.
        var isDoubtful = false
        /// The version that our last call made of it.
        private var written = ""

        var isVacant: Bool { vacantUntil.map { .now < $0 } ?? false }

        /// Notes the version that a call of ours made.
        ///
        /// - Parameter isLatest: whether nothing later was told by then.
        mutating func wrote(_ version: String, isLatest: Bool) {
            written = version
            if isLatest { isDoubtful = false }
        }

        /// Notes a version that was told, be it before the answer of the call that made it or after.
        mutating func saw(_ version: String) {
            if version != written { isDoubtful = true }
        }
    }

    var users = DependentUsers()
    /// Whether the users are complete: before that nothing is collected.
    var isComplete = false
    /// Whether the delegates that were known at the start are counted.
    var hasSeenDelegates = false
    /// Whether what the origin lacks may be the origin's own mistake.
    var isHeld = false
    private var records: [DependentKey: Record] = [:]
    private var copies: [DependentKey: Set<DependentKey>] = [:]
    /// Which state of a pod was counted last, by UID.
    private var states: [UID: String] = [:]
    /// Pods that wait for an object, by UID.
    private var waiting: Set<UID> = []

    subscript(key: DependentKey) -> Record {
        get { records[key] ?? Record() }
        set { records[key] = newValue }
    }

    var keys: Set<DependentKey> { Set(users.keys).union(records.keys) }

    mutating func forget(_ key: DependentKey) { records[key] = nil }

    /// Notes whether the source of a copy is missing.
    mutating func note(isSourceless: Bool, _ copy: DependentKey) {
        guard isSourceless != (records[copy]?.sourcelessSince != nil) else { return }
        records[copy, default: Record()].sourcelessSince = isSourceless ? .now : nil
    }

    /// Notes the state of a pod. Returns whether it is another one than before.
    mutating func note(_ state: String, of uid: UID) -> Bool { states.updateValue(state, forKey: uid) != state }

    mutating func forgetState(of uid: UID) { states[uid] = nil }

    // MARK: - Sources

    /// The copies of a source.
    func copies(of source: DependentKey) -> Set<DependentKey> { copies[source] ?? [] }

    /// Sets what is followed for a copy. Returns what has to be let go and what has to be held now.
    mutating func follow(
        _ source: DependentKey?,
        for copy: DependentKey
    ) -> (release: DependentKey?, hold: DependentKey?) {
        let old = self[copy].held
        guard old != source else { return (nil, nil) }
        records[copy, default: Record()].held = source
        if let source { copies[source, default: []].insert(copy) }
        guard let old else { return (nil, source) }
        copies[old]?.remove(copy)
        guard copies[old]?.isEmpty ?? true else { return (nil, source) }
        copies[old] = nil
        return (old, source)
    }

    // MARK: - Waiting pods

    mutating func wait(_ uid: UID) { waiting.insert(uid) }

    mutating func stopWaiting(_ uid: UID) { waiting.remove(uid) }

    /// The pods that use a copy and do not wait for anything.
    func runningUsers(of copy: DependentKey) -> Set<UID> { users.pods(of: copy).subtracting(waiting) }

    /// The pods that wait for a copy, which are told now.
    mutating func wake(for copy: DependentKey) -> Set<UID> {
        guard !waiting.isEmpty else { return [] }
        let due = users.pods(of: copy).intersection(waiting)
        waiting.subtract(due)
        return due
    }
}
