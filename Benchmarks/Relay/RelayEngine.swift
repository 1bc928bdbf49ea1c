import CTransport
import Glibc

/// Something with sockets that goes on when one of them is ready.
protocol RelayParticipant: AnyObject {
    /// All of its sockets, and what it waits for at each.
    var interests: [(descriptor: Int32, mask: UInt32)] { get }
    /// Whether nothing of it is left to do.
    var isOver: Bool { get }

    /// Goes on, for a while.
    ///
    /// - Returns: whether there is more to do at once.
    func proceed() -> Bool
}

/// Sockets on one thread, with epoll. Of the thread that makes it only.
final class RelayEngine {
    /// The most that is read or written at once: a whole record of TLS.
    static let pieceSize = 16 << 10

    /// Where pieces are read to; valid until the next is read.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: RelayEngine.pieceSize, alignment: 16)
    /// What pieces are written from: nobody looks at what they say.
    let source = UnsafeMutableRawBufferPointer.allocate(byteCount: RelayEngine.pieceSize, alignment: 16)
    private let poll: Int32
    private var participants: [Int32: any RelayParticipant] = [:]
    private var masks: [Int32: UInt32] = [:]
    private var unfinished: [ObjectIdentifier: any RelayParticipant] = [:]

    init() throws(BenchmarkError) {
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poll >= 0 else { throw BenchmarkError("no epoll: error \(errno)") }
        _ = source.initializeMemory(as: UInt8.self, repeating: 0x5A)
    }

    deinit {
        close(poll)
        scratch.deallocate()
        source.deallocate()
    }

    /// Has a participant go on at the next turn, whatever its sockets say. Also takes a new one in.
    func wake(_ participant: any RelayParticipant) {
        unfinished[ObjectIdentifier(participant)] = participant
    }

    /// Waits until there is something to do, and does it.
    func turn() throws(BenchmarkError) {
        var ready = unfinished
        unfinished = [:]
        for descriptor in try wait(ready.isEmpty ? -1 : 0) {
            guard let participant = participants[descriptor] else { continue }
            ready[ObjectIdentifier(participant)] = participant
        }
        for participant in ready.values {
            let hasMore = participant.proceed()
            guard !participant.isOver else {
                forget(participant)
                continue
            }
            if hasMore {
                wake(participant)
            } else {
                try watch(participant)
            }
        }
    }

    private func wait(_ milliseconds: Int32) throws(BenchmarkError) -> [Int32] {
        let capacity = 256
        let ready = withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: capacity) { buffer -> [Int32]? in
            let count = epoll_wait(poll, buffer.baseAddress, Int32(capacity), milliseconds)
            guard count >= 0 else { return errno == EINTR ? [] : nil }
            return buffer.prefix(Int(count)).map { $0.data.fd }
        }
        guard let ready else { throw BenchmarkError("epoll fails: error \(errno)") }
        return ready
    }

    private func watch(_ participant: any RelayParticipant) throws(BenchmarkError) {
        for (descriptor, mask) in participant.interests where masks[descriptor] != mask {
            var event = epoll_event(events: mask, data: epoll_data_t(fd: descriptor))
            let operation = masks[descriptor] == nil ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
            guard epoll_ctl(poll, operation, descriptor, &event) == 0 else {
                throw BenchmarkError("epoll takes no socket: error \(errno)")
            }
            masks[descriptor] = mask
            participants[descriptor] = participant
        }
    }

    /// Before its sockets are closed, which is when nobody has it any more.
    private func forget(_ participant: any RelayParticipant) {
        for (descriptor, _) in participant.interests {
            participants[descriptor] = nil
            guard masks.removeValue(forKey: descriptor) != nil else { continue }
            // It is open still, so that this can't fail but for one that was never watched.
            epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, nil)
        }
    }
}
