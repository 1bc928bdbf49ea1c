/// A dictionary of bounded size: what was not used for longest makes room.
package struct LeastRecentlyUsed<Key: Hashable, Value> {
    private let capacity: Int
    private var entries: [Key: (value: Value, lastUse: UInt64)] = [:]
    private var uses: UInt64 = 0

    package init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    package var count: Int { entries.count }

    /// Reading counts as use. Setting nil removes.
    package subscript(key: Key) -> Value? {
        mutating get {
            guard let value = entries[key]?.value else { return nil }
            uses += 1
            entries[key]?.lastUse = uses
            return value
        }
        set {
            uses += 1
            entries[key] = newValue.map { ($0, uses) }
            if entries.count > capacity { makeRoom() }
        }
    }

    /// Drops a quarter at once, so that sorting is rare.
    private mutating func makeRoom() {
        let oldest = entries.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(max(capacity / 4, 1))
        for entry in oldest { entries[entry.key] = nil }
    }
}
