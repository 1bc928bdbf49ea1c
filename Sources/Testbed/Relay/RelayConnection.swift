import Glibc

/// A connection through a relay. Belongs to the relay's thread.
final class RelayConnection {
    private let client: FileDescriptor
    private let server: FileDescriptor
    private var isConnected = false
    private var isBroken = false
    private var up = RelayDirection()
    private var down = RelayDirection()

    /// - Parameter open: when the way is open: what the client sends before leaves then, as it would have to wait for
    ///   the handshake of a connection over the whole way.
    init(client: consuming FileDescriptor, server: consuming FileDescriptor, open: Duration) {
        self.client = client
        self.server = server
        up.hold(until: open)
    }

    /// True when nothing more will come, in good order or not.
    var isOver: Bool {
        isBroken || (up.hasEnded && down.hasEnded)
    }

    /// When there is something to do even if no socket is ready.
    var nextDue: Duration? {
        let up = isConnected ? up.nextDue : nil
        guard let up, let down = down.nextDue else { return up ?? down.nextDue }
        return min(up, down)
    }

    /// What to wait for at the client's and at the server's socket.
    var interest: [pollfd] {
        [
            pollfd(client, reads: up.wantsInput, writes: down.isBlocked),
            pollfd(server, reads: isConnected && down.wantsInput, writes: up.isBlocked || !isConnected),
        ]
    }

    /// Reads what is ready, as `interest` asked for.
    func read(
        clientEvents: Int16,
        serverEvents: Int16,
        at now: Duration,
        under conditions: RelayConditions,
        buffer: inout [UInt8]
    ) {
        if !isConnected, serverEvents != 0 {
            isConnected = true
            if Sockets.pendingError(of: server.number) != 0 { return breakOff() }
        }
        if clientEvents.isReadable, up.wantsInput {
            note(up.read(from: client.number, at: now, under: conditions, buffer: &buffer))
        }
        if serverEvents.isReadable, isConnected, down.wantsInput {
            note(down.read(from: server.number, at: now, under: conditions, buffer: &buffer))
        }
    }

    /// Writes what has arrived by now.
    func deliver(at now: Duration) {
        if isConnected, !up.hasEnded { note(up.deliver(to: server.number, at: now)) }
        if !down.hasEnded { note(down.deliver(to: client.number, at: now)) }
    }

    /// Ends the connection so that both sides see a reset, as soon as this object goes.
    func breakOff() {
        isBroken = true
        Sockets.resetOnClose(client.number)
        Sockets.resetOnClose(server.number)
    }

    private func note(_ outcome: RelayDirection.Outcome) {
        if case .broken = outcome { breakOff() }
    }
}

extension pollfd {
    init(_ descriptor: borrowing FileDescriptor, reads: Bool, writes: Bool = false) {
        let events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0)
        // A socket that nothing is expected of is left out, or its hang-up would be reported over and over.
        self.init(fd: events == 0 ? -1 : descriptor.number, events: Int16(events), revents: 0)
    }
}

extension Int16 {
    /// Whether a read would tell something: bytes, the end, or an error.
    var isReadable: Bool {
        self & Int16(POLLIN | POLLHUP | POLLERR) != 0
    }
}
