import CTransport
import Glibc

/// An eventfd: makes a thread that polls turn round.
struct Wakeup: ~Copyable, Sendable {
    let descriptor: Int32

    init() throws(TransportError) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor >= 0 else { throw TransportError(systemCall: "eventfd") }
    }

    deinit {
        close(descriptor)
    }

    /// Makes the descriptor readable. From any thread.
    func signal() {
        // Fails only when the counter is full, and then the descriptor is readable anyway.
        _ = eventfd_write(descriptor, 1)
    }

    /// Makes the descriptor unreadable until the next signal.
    func clear() {
        var count: eventfd_t = 0
        // Fails only when there was no signal.
        _ = eventfd_read(descriptor, &count)
    }
}
