import CProcess
import Glibc
import Synchronization

/// The work of a relay's thread. Everything here is local to that thread; orders come through the inbox.
struct RelayLoop: ~Copyable {
    private let endpoint: Endpoint
    private let target: Endpoint
    private let inbox: RelayInbox
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var listener: RelayListener?
    private var conditions: RelayConditions
    private var connections: [RelayConnection] = []
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    init(
        _ listener: RelayListener?,
        at endpoint: Endpoint,
        to target: Endpoint,
        conditions: RelayConditions,
        inbox: RelayInbox
    ) {
        self.endpoint = endpoint
        self.target = target
        self.inbox = inbox
        self.conditions = conditions
        self.listener = listener
        start = clock.now
    }

    private var now: Duration { start.duration(to: clock.now) }

    /// Relays until the inbox says to stop.
    mutating func run() {
        while true {
            let orders = inbox.take()
            for change in orders.changes {
                change.done(apply(change.conditions))
            }
            if orders.isStopped { break }
            turn()
        }
        for connection in connections { connection.breakOff() }
    }

    /// Makes new conditions hold. A cut takes effect at once on what is there.
    private mutating func apply(_ new: RelayConditions) -> Result<Void, TestbedError> {
        do {
            if new.flow == .cut {
                listener = nil
                for connection in connections { connection.breakOff() }
                connections = []
            } else if listener == nil {
                listener = try RelayListener(at: endpoint)
            }
            conditions = new
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    /// Waits for the next thing to do, and does it.
    private mutating func turn() {
        let isOpen = conditions.flow == .open
        var sockets = [pollfd(inbox.wakeup, reads: true)]
        sockets.append(listener.map { pollfd($0.socket, reads: isOpen) } ?? pollfd(fd: -1, events: 0, revents: 0))
        if isOpen { sockets += connections.flatMap(\.interest) }
        guard martlet_poll(&sockets, sockets.count, timeLimit(isOpen)) >= 0 else {
            preconditionFailure("poll of a relay's own sockets failed: \(SystemError())")
        }
        guard isOpen else { return }
        move(sockets.dropFirst(2))
        if sockets[1].revents != 0 { acceptAll() }
        connections.removeAll(where: \.isOver)
    }

    private mutating func move(_ sockets: ArraySlice<pollfd>) {
        let now = self.now
        var place = sockets.startIndex
        for connection in connections {
            connection.read(
                clientEvents: sockets[place].revents,
                serverEvents: sockets[place + 1].revents,
                at: now,
                under: conditions,
                buffer: &buffer
            )
            place += 2
            if !connection.isOver { connection.deliver(at: self.now) }
        }
    }

    /// The nanoseconds until something arrives; none if nothing is on its way.
    private func timeLimit(_ isOpen: Bool) -> Int64 {
        guard isOpen, let due = connections.lazy.compactMap(\.nextDue).min() else { return -1 }
        let (seconds, attoseconds) = (due - now).components
        return max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private mutating func acceptAll() {
        guard let listener else { return }
        while let client = Sockets.accept(at: listener.socket.number) {
            do {
                let server = try Sockets.connect(to: target)
                let open = now + conditions.delay * 2
                connections.append(RelayConnection(client: client, server: server, open: open))
            } catch {
                // Nobody is there: the client sees what it would see of a host that is up and refuses.
                Sockets.resetOnClose(client.number)
            }
        }
    }
}

/// The socket at which a relay waits for connections; closed with its last reference.
final class RelayListener: Sendable {
    /// Hands the only reference over to the relay's thread. What a thread's closure captures lives as long as the
    /// thread, and a cut has to close the socket, or the kernel goes on accepting connections at it.
    final class Handover: Sendable {
        private let listener: Mutex<RelayListener?>

        init(_ listener: RelayListener?) {
            self.listener = Mutex(listener)
        }

        func take() -> RelayListener? { listener.withLock { $0.take() } }
    }

    let socket: FileDescriptor

    init(at endpoint: Endpoint) throws(TestbedError) {
        socket = try Sockets.listen(at: endpoint, sharing: true)
    }

    /// Ends the listening itself: a program that is just being started has the socket for a moment too, until its own code
    /// takes the place of ours, and a mere close would leave it listening for as long.
    deinit {
        _ = shutdown(socket.number, Int32(SHUT_RDWR))
    }
}
