import Synchronization

/// How many bytes are kept of the answers of several servers together.
final class KeptBytes: Sendable {
    private let limit: Int
    private let count = Atomic(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Counts some more.
    ///
    /// - Returns: whether all are still within the limit.
    func add(_ more: Int) -> Bool {
        count.add(more, ordering: .relaxed).newValue <= limit
    }
}
