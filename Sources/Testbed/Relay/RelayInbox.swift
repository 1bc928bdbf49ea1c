import Glibc
import Synchronization

/// Orders to a relay's thread, and the bell that wakes it.
final class RelayInbox: Sendable {
    /// New conditions; `done` is told when they hold.
    struct Change: Sendable {
        let conditions: RelayConditions
        let done: @Sendable (Result<Void, TestbedError>) -> Void
    }

    struct Orders: Sendable {
        var changes: [Change] = []
        var isStopped = false
    }

    /// Becomes readable when there are orders.
    let wakeup: FileDescriptor

    private let bell: FileDescriptor
    private let orders = Mutex(Orders())

    init() throws(TestbedError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw TestbedError(.network, "cannot make a pipe", underlying: SystemError()) }
        wakeup = FileDescriptor(owning: ends[0])
        bell = FileDescriptor(owning: ends[1])
        for end in ends {
            guard fcntl(end, F_SETFD, FD_CLOEXEC) == 0, fcntl(end, F_SETFL, O_NONBLOCK) == 0 else {
                throw TestbedError(.network, "cannot prepare a pipe", underlying: SystemError())
            }
        }
    }

    /// Gives an order. After a stop, changes are answered with a failure at once.
    func put(_ change: Change) {
        let isStopped = orders.withLock { orders in
            if !orders.isStopped { orders.changes.append(change) }
            return orders.isStopped
        }
        if isStopped { change.done(.failure(TestbedError(.plan, "the relay has been stopped"))) }
        ring()
    }

    func stop() {
        orders.withLock { $0.isStopped = true }
        ring()
    }

    /// Takes the orders that are there and quiets the bell. Called by the relay's thread.
    func take() -> Orders {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(wakeup.number, &bytes, bytes.count) > 0 {}
        return orders.withLock { orders in
            defer { orders.changes = [] }
            return orders
        }
    }

    private func ring() {
        var byte: UInt8 = 1
        // A full pipe is as good a bell.
        _ = write(bell.number, &byte, 1)
    }
}
