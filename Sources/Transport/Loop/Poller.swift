import CTransport
import Glibc

/// An epoll instance with what it watches.
final class Poller {
    /// A descriptor that is ready, and for what: EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP.
    struct Event {
        let descriptor: Int32
        let mask: UInt32
    }

    private let descriptor: Int32
    private var watched: Set<Int32> = []

    init() throws(TransportError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw TransportError(systemCall: "epoll_create1") }
    }

    deinit {
        close(descriptor)
    }

    /// Watches a descriptor for `mask`, in place of what it was watched for before.
    ///
    /// - Returns: false if the kernel can't.
    func watch(_ target: Int32, for mask: UInt32) -> Bool {
        var event = epoll_event(events: mask, data: epoll_data_t(fd: target))
        let isKnown = watched.contains(target)
        watched.insert(target)
        if epoll_ctl(descriptor, isKnown ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, target, &event) == 0 { return true }
        // The number of a closed descriptor has come back; the kernel forgot the one before by itself.
        guard isKnown, errno == ENOENT else { return false }
        return epoll_ctl(descriptor, EPOLL_CTL_ADD, target, &event) == 0
    }

    func forget(_ target: Int32) {
        guard watched.remove(target) != nil else { return }
        // Fails if the descriptor has been closed already, which made the kernel forget it.
        epoll_ctl(descriptor, EPOLL_CTL_DEL, target, nil)
    }

    /// Waits until something is ready, or for `timeout`; nil for ever.
    ///
    /// - Throws: `TransportError` `.system`; never for an interruption, which ends the wait.
    func wait(_ timeout: Duration?) throws(TransportError) -> [Event] {
        let capacity = 128
        let milliseconds = timeout.map { $0 <= .zero ? 0 : Int32($0.wholeMilliseconds) } ?? -1
        let events = withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: capacity) { buffer -> [Event]? in
            let count = epoll_wait(descriptor, buffer.baseAddress, Int32(capacity), milliseconds)
            guard count >= 0 else { return errno == EINTR ? [] : nil }
            return buffer.prefix(Int(count)).map { Event(descriptor: $0.data.fd, mask: $0.events) }
        }
        guard let events else { throw TransportError(systemCall: "epoll_wait") }
        return events
    }
}
