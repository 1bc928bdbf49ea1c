internal import Synchronization

/// Room for so many at a time, and none to wait in.
final class Slots: Sendable {
    private let free: Mutex<Int>

    /// - Parameter count: how many there are.
    init(_ count: Int) {
        free = Mutex(count)
    }

    /// Whether there was room, which is taken then, until ``giveBack()``.
    func take() -> Bool {
        free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    func giveBack() { free.withLock { $0 += 1 } }
}
