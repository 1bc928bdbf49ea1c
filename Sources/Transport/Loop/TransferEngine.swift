import CTransport

/// What the loop's thread does: everything of libcurl, and nothing that blocks but the wait for sockets.
///
/// Not `Sendable`, made and ended within `run`, so no other thread can reach it.
final class TransferEngine {
    private let inbox: CommandInbox<TransferCommand>
    private let multi: MultiHandle
    private let poller: Poller
    private let idleConnections: Int
    private let sharing = ContextSharing()
    private var transfers: [TransferID: Transfer] = [:]
    /// How many streams come from each server: one of which there is a stream is called again and again.
    private var streams: [Substring: Int] = [:]
    /// Streams that still have what their request was sent from.
    private var senders: Set<TransferID> = []
    /// When libcurl wants to be called at the latest. It tells a span once; the instant stays right for all waits.
    private var deadline: ContinuousClock.Instant?

    private init(inbox: CommandInbox<TransferCommand>, limits: TransferLoop.Limits) throws(TransportError) {
        self.inbox = inbox
        idleConnections = limits.idleConnections
        multi = try MultiHandle(limits: limits)
        poller = try Poller()
        guard poller.watch(inbox.descriptor, for: EPOLLIN.rawValue) else {
            throw TransportError(systemCall: "epoll_ctl")
        }
        multi.setCallbacks(
            socket: { easy, socket, wanted, context, _ in
                Transfer.of(easy)?.awaits = wanted
                return TransferEngine.from(context)?.watch(socket, wanted) ?? -1
            },
            timer: { _, milliseconds, context in TransferEngine.from(context)?.setTimer(milliseconds) ?? -1 },
            context: Unmanaged.passUnretained(self).toOpaque()
        )
    }

    deinit {
        // The end of the multi handle closes connections, of which it would tell an engine that is no more.
        multi.clearCallbacks()
    }

    /// The thread's body. Returns once the inbox is closed, by its owner or because the machine gives out.
    static func run(inbox: CommandInbox<TransferCommand>, limits: TransferLoop.Limits) {
        defer { refuseRest(inbox) }
        do throws(TransportError) {
            let engine = try TransferEngine(inbox: inbox, limits: limits)
            engine.run()
        } catch {
            // Neither multi handle nor epoll: the loop's owner sees it as not running, callers as closed.
            inbox.close()
        }
    }

    /// Answers those who came while the loop was ending.
    private static func refuseRest(_ inbox: CommandInbox<TransferCommand>) {
        for case .start(_, let receiver) in inbox.drain().commands { receiver.finish(.failure(.clientClosed)) }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> TransferEngine? {
        // Safe because the engine outlives its multi handle, the only one to call back.
        context.map { Unmanaged<TransferEngine>.fromOpaque($0).takeUnretainedValue() }
    }

    private func run() {
        var failure = TransportError.clientClosed
        do throws(TransportError) {
            while try turn() {}
        } catch {
            inbox.close()
            failure = error
        }
        for id in Array(transfers.keys) { end(id, failure) }
    }

    /// - Returns: false if the loop is to end.
    private func turn() throws(TransportError) -> Bool {
        let (commands, isClosed) = inbox.drain()
        for command in commands { perform(command) }
        guard !isClosed else { return false }
        let events = try poller.wait(deadline.map { $0 - .now })
        for event in events {
            if event.descriptor == inbox.descriptor {
                inbox.acknowledge()
            } else {
                try multi.socketReady(event.descriptor, events: event.curlEvents)
            }
        }
        if let deadline, deadline <= .now {
            self.deadline = nil
            try multi.timeOut()
        }
        finishDone()
        freeUploadBuffers()
        return true
    }
}

// MARK: - Transfers

extension TransferEngine {
    private func perform(_ command: TransferCommand) {
        switch command {
        case .start(let request, let receiver):
            start(request, receiver)
        case .cancel(let id):
            end(id, TransportError(.cancelled, "the call was cancelled"))
        case .resume(let id):
            guard let transfer = transfers[id], !transfer.easy.resume() else { return }
            end(id, TransportError(.system, "libcurl cannot go on with a paused transfer"))
        }
    }

    private func start(_ request: TransferRequest, _ receiver: any TransferReceiver) {
        do throws(TransportError) {
            let transfer = try Transfer(request, receiver: receiver, sharing: sharing)
            try multi.add(transfer.easy)
            transfers[request.id] = transfer
            if transfer.streamServer != nil { senders.insert(request.id) }
            count(transfer, 1)
        } catch {
            receiver.finish(.failure(error))
        }
    }

    /// Takes a transfer out and only then tells its receiver. Of no effect for one that has ended.
    private func end(_ id: TransferID, _ error: TransportError) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        count(transfer, -1)
        multi.remove(transfer.easy)
        transfer.finish(error)
    }

    /// Keeps as many connections as are in use and a few more.
    private func count(_ transfer: Transfer, _ step: Int) {
        if let server = transfer.streamServer {
            let count = streams[server, default: 0] + step
            streams[server] = count > 0 ? count : nil
        }
        multi.keepConnections(transfers.count + streams.count + idleConnections)
    }

    /// Of streams that from now on only listen, hundreds of watches among them.
    private func freeUploadBuffers() {
        let done = senders.filter { transfers[$0]?.isListening ?? true }
        for id in done { transfers[id]?.easy.freeUploadBuffer() }
        senders.subtract(done)
    }

    private func finishDone() {
        while let (easy, result) = multi.nextDone() {
            guard let transfer = Transfer.of(easy) else { continue }
            transfers[transfer.id] = nil
            count(transfer, -1)
            multi.remove(transfer.easy)
            transfer.finish(result)
        }
    }
}

// MARK: - Callbacks of libcurl

extension TransferEngine {
    /// - Returns: what libcurl is to make of it: 0 for fine, -1 to fail all transfers.
    private func watch(_ socket: curl_socket_t, _ wanted: Int32) -> Int32 {
        let mask: UInt32
        switch wanted {
        case CURL_POLL_REMOVE:
            poller.forget(socket)
            return 0
        case CURL_POLL_IN: mask = EPOLLIN.rawValue
        case CURL_POLL_OUT: mask = EPOLLOUT.rawValue
        case CURL_POLL_INOUT: mask = EPOLLIN.rawValue | EPOLLOUT.rawValue
        default: mask = 0
        }
        return poller.watch(socket, for: mask) ? 0 : -1
    }

    private func setTimer(_ milliseconds: Int) -> Int32 {
        deadline = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
        return 0
    }
}

extension Poller.Event {
    /// The same in libcurl's words.
    fileprivate var curlEvents: Int32 {
        var events: Int32 = 0
        if mask & (EPOLLIN.rawValue | EPOLLHUP.rawValue) != 0 { events |= CURL_CSELECT_IN }
        if mask & EPOLLOUT.rawValue != 0 { events |= CURL_CSELECT_OUT }
        if mask & EPOLLERR.rawValue != 0 { events |= CURL_CSELECT_ERR }
        return events
    }
}
