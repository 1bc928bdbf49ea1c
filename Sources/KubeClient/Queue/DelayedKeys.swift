/// Keys that are due later, each once, by deadline. A binary heap; entries that were overtaken or removed stay in it
/// until their time comes or they are the larger part of it.
struct DelayedKeys<Key: Hashable & Sendable> {
    private struct Entry {
        let deadline: Duration
        let order: UInt64
        let key: Key

        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.order) < (right.deadline, right.order)
        }
    }

    private var heap: [Entry] = []
    private var deadlines: [Key: (deadline: Duration, order: UInt64)] = [:]
    private var nextOrder: UInt64 = 0

    var count: Int { deadlines.count }

    /// The earliest deadline. May be that of a key that was overtaken, which costs one look too many.
    var earliest: Duration? { deadlines.isEmpty ? nil : heap.first?.deadline }

    /// When a key is due; nil for one that is not here.
    func deadline(of key: Key) -> Duration? { deadlines[key]?.deadline }

    /// Sets the key's deadline unless it has an earlier one.
    mutating func insert(_ key: Key, deadline: Duration) {
        if let known = deadlines[key], known.deadline <= deadline { return }
        nextOrder += 1
        deadlines[key] = (deadline, nextOrder)
        heap.append(Entry(deadline: deadline, order: nextOrder, key: key))
        siftUp(from: heap.count - 1)
        if heap.count > 2 * deadlines.count + 64 { dropOvertaken() }
    }

    /// Takes out a key whose deadline has come, in the order of deadlines.
    mutating func popDue(now: Duration) -> Key? {
        while let first = heap.first, first.deadline <= now {
            removeTop()
            guard deadlines[first.key]?.order == first.order else { continue }
            deadlines[first.key] = nil
            return first.key
        }
        return nil
    }

    mutating func remove(_ key: Key) {
        deadlines[key] = nil
        if deadlines.isEmpty { heap.removeAll() }
    }

    mutating func removeAll() {
        heap.removeAll()
        deadlines.removeAll()
    }

    /// A sorted array is a heap.
    private mutating func dropOvertaken() {
        heap = heap.filter { deadlines[$0.key]?.order == $0.order }.sorted(by: <)
    }

    private mutating func removeTop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown()
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0] < heap[$1] }), heap[least] < heap[parent] else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
