import CTransport

/// What the thread of a ``ConnectionLoop`` does: all sockets of all servers and tunnels, and nothing that blocks but the
/// wait for them.
///
/// Not `Sendable`, made and ended within `run`, so no other thread can reach it.
final class ConnectionEngine {
    let inbox: CommandInbox<ConnectionCommand>
    /// Bytes just read; valid until the next read of anybody.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: Relay.bufferSize, alignment: 16)
    private let poller: Poller
    private var participants: [Int32: any Participant] = [:]
    private var masks: [Int32: UInt32] = [:]
    private var listeners: [ListenerID: Listener] = [:]
    var connections: [ConnectionID: ServerConnection] = [:]
    /// Those who have more to do than they could in one go.
    private var unfinished: [ObjectIdentifier: any Participant] = [:]
    /// When deadlines are looked at next.
    private var nextSweep: ContinuousClock.Instant?

    private init(inbox: CommandInbox<ConnectionCommand>) throws(TransportError) {
        self.inbox = inbox
        poller = try Poller()
        guard poller.watch(inbox.descriptor, for: EPOLLIN.rawValue) else {
            throw TransportError(systemCall: "epoll_ctl")
        }
    }

    deinit {
        scratch.deallocate()
    }

    /// The thread's body. Returns once the inbox is closed, by its owner or because the machine gives out.
    static func run(inbox: CommandInbox<ConnectionCommand>) {
        defer { refuseRest(inbox) }
        do throws(TransportError) {
            try ConnectionEngine(inbox: inbox).run()
        } catch {
            // No epoll: the loop's owner sees it as not running, callers as closed.
            inbox.close()
        }
    }

    private static func refuseRest(_ inbox: CommandInbox<ConnectionCommand>) {
        for command in inbox.drain().commands {
            switch command {
            case .open(_, let setup): setup.abandon()
            case .tunnel(_, _, let waiter): waiter.finish(.failure(.loopClosed))
            case .secure, .close, .proceed, .abort: break
            }
        }
    }

    private func run() {
        do throws(TransportError) {
            while try turn() {}
        } catch {
            inbox.close()
        }
        for id in Array(listeners.keys) { close(id) }
    }

    /// - Returns: false if the loop is to end.
    private func turn() throws(TransportError) -> Bool {
        let (commands, isClosed) = inbox.drain()
        for command in commands { perform(command) }
        guard !isClosed else { return false }
        let events = try poller.wait(unfinished.isEmpty ? nextSweep.map { $0 - .now } : .zero)
        let again = unfinished.values
        unfinished = [:]
        for participant in again { participant.proceed() }
        for event in events {
            if event.descriptor == inbox.descriptor {
                inbox.acknowledge()
            } else {
                participants[event.descriptor]?.proceed()
            }
        }
        sweep()
        return true
    }

    private func sweep() {
        guard let due = nextSweep, due <= .now else { return }
        nextSweep = nil
        let all = Dictionary(participants.values.map { (ObjectIdentifier($0), $0) }) { first, _ in first }
        for participant in all.values {
            if let deadline = participant.deadline, deadline <= .now { participant.expire() }
            expect(participant.deadline)
        }
    }
}

// MARK: - For participants

extension ConnectionEngine {
    /// Calls the participant when the descriptor is ready for one of `mask`; for none, only its deadline counts.
    func watch(_ descriptor: Int32, for mask: UInt32, _ participant: any Participant) {
        participants[descriptor] = participant
        expect(participant.deadline)
        guard masks[descriptor] != mask else { return }
        masks[descriptor] = mask
        guard mask != 0 else {
            // Watched for nothing, a connection that broke would still be told of, over and over.
            poller.forget(descriptor)
            return
        }
        // What the kernel cannot watch is found by the deadline.
        _ = poller.watch(descriptor, for: mask)
    }

    /// To be called before the descriptor is closed.
    func forget(_ descriptor: Int32) {
        participants[descriptor] = nil
        masks[descriptor] = nil
        poller.forget(descriptor)
    }

    /// Calls the participant once more, after the others.
    func again(_ participant: any Participant) {
        unfinished[ObjectIdentifier(participant)] = participant
    }

    private func expect(_ deadline: ContinuousClock.Instant?) {
        guard let deadline else { return }
        nextSweep = min(nextSweep ?? deadline, deadline)
    }

    /// A connection is over.
    func remove(_ connection: ServerConnection) {
        connections[connection.id] = nil
        unfinished[ObjectIdentifier(connection)] = nil
        connection.listener.departed(connection.peer)
    }

    func removeUnfinished(_ participant: any Participant) {
        unfinished[ObjectIdentifier(participant)] = nil
    }
}

// MARK: - Commands

extension ConnectionEngine {
    private func perform(_ command: ConnectionCommand) {
        switch command {
        case .open(let id, let setup):
            let listener = Listener(setup, engine: self)
            listeners[id] = listener
            listener.start()
        case .secure(let id, let context): listeners[id]?.replace(context)
        case .close(let id): close(id)
        case .proceed(let id): connections[id]?.proceed()
        case .abort(let id): connections[id]?.close(.stopped, TransportError(.cancelled, "the answer was given up"))
        case .tunnel(let id, let request, let waiter):
            guard let connection = connections[id] else {
                waiter.finish(.failure(.clientGone))
                return
            }
            connection.dial(request, waiter)
        }
    }

    private func close(_ id: ListenerID) {
        guard let listener = listeners.removeValue(forKey: id) else { return }
        listener.stop()
        for connection in connections.values where connection.listener === listener {
            connection.close(.stopped, .loopClosed)
        }
    }
}

extension TransportError {
    static let loopClosed = TransportError(.closed, "the server has been shut down")
    static let clientGone = TransportError(.interrupted, "the client is gone")
}
