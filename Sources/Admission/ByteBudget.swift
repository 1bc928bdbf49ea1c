import Synchronization

/// Bytes of memory that may be in use at a time, whoever wants them. Nobody waits for them.
final class ByteBudget: Sendable {
    private let left: Mutex<Int>

    init(_ bytes: Int) {
        left = Mutex(bytes)
    }

    /// Takes so many, to be given back; false, and none are taken, if there are fewer left.
    func take(_ bytes: Int) -> Bool {
        left.withLock { left in
            guard bytes <= left else { return false }
            left -= bytes
            return true
        }
    }

    func giveBack(_ bytes: Int) {
        left.withLock { $0 += bytes }
    }
}
