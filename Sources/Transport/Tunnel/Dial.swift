import CTransport

/// The way to another server in the making: connection, proxy, TLS, request, and the head of the answer. Of the loop's
/// thread only.
final class Dial: Participant {
    private enum Phase {
        case connecting(Socket)
        /// Asking the proxy; then its answer.
        case proxy(PlainChannel)
        case handshake(TLSChannel)
        case asking(any ByteChannel)
        case ended
    }

    private let request: TunnelRequest
    private let waiter: TunnelWaiter
    private unowned let connection: ServerConnection
    private unowned let engine: ConnectionEngine
    private var phase = Phase.ended
    private var addresses: ArraySlice<SocketAddress>
    private var output: ArraySlice<UInt8> = []
    private var answer: AnswerReader
    private var due: ContinuousClock.Instant

    init(_ request: TunnelRequest, _ waiter: TunnelWaiter, for connection: ServerConnection, engine: ConnectionEngine) {
        self.request = request
        self.waiter = waiter
        self.connection = connection
        self.engine = engine
        addresses = request.addresses[...]
        answer = AnswerReader(bodyLimit: request.bodyLimit)
        due = .now + request.connectTime
    }

    func start() {
        var last = TransportError(.cannotConnect, "the server has no address")
        while let address = addresses.popFirst() {
            do throws(TransportError) {
                let socket = try Socket.connecting(to: address)
                phase = .connecting(socket)
                return engine.watch(socket.descriptor, for: EPOLLOUT.rawValue, self)
            } catch {
                last = error
            }
        }
        fail(last)
    }

    var deadline: ContinuousClock.Instant? { if case .ended = phase { nil } else { due } }

    func expire() {
        fail(TransportError(.timedOut, "the server takes too long"))
    }

    /// The client is gone, or nobody wants the tunnel any more.
    func cancel(_ error: TransportError) {
        fail(error)
    }

    func proceed() {
        do throws(TransportError) {
            // Others come first after some, also when the server sends without end.
            for _ in 0..<16 {
                guard try step() else { return }
            }
            engine.again(self)
        } catch {
            fail(error)
        }
    }

    /// - Returns: false when nothing more can be done before the socket is ready.
    private func step() throws(TransportError) -> Bool {
        switch phase {
        case .ended: return false
        case .connecting(let socket): return try connected(socket)
        case .handshake(let channel): return try shakeHands(channel)
        case .proxy(let channel):
            guard try exchange(over: channel) else { return false }
            // The head is all of a proxy's consent, whatever it says of a body (RFC 9110, section 9.3.6).
            guard let head = answer.head else { return true }
            guard 200...299 ~= head.status else {
                throw TransportError(.cannotConnect, "the proxy answers \(head.status)")
            }
            guard answer.isHeadOnly else {
                throw TransportError(.badResponse, "the proxy sends bytes of its own before those of the server")
            }
            try secure(channel.socket)
            return true
        case .asking(let channel):
            guard try exchange(over: channel) else { return false }
            return try judge(channel)
        }
    }

    private func connected(_ socket: Socket) throws(TransportError) -> Bool {
        if let problem = socket.connectError {
            engine.forget(socket.descriptor)
            guard !addresses.isEmpty else { throw TransportError(.cannotConnect, problem) }
            start()
            return false
        }
        guard let proxyHead = request.proxyHead else {
            try secure(socket)
            return true
        }
        output = proxyHead[...]
        phase = .proxy(PlainChannel(socket: socket))
        return true
    }

    private func secure(_ socket: Socket) throws(TransportError) {
        guard let (context, name) = request.tls else { return ask(PlainChannel(socket: socket)) }
        phase = .handshake(try context.makeChannel(over: socket, name: name))
    }

    private func shakeHands(_ channel: TLSChannel) throws(TransportError) -> Bool {
        guard try moved(channel.handshake(), channel) != nil else { return false }
        ask(channel)
        return true
    }

    private func ask(_ channel: any ByteChannel) {
        output = request.head[...]
        answer = AnswerReader(bodyLimit: request.bodyLimit)
        due = .now + (request.answerTime ?? connection.listener.limits.tunnelIdleTime)
        phase = .asking(channel)
    }

    /// What an attempt came to: the bytes that it moved, or nil when it is to be made again once the socket is ready.
    private func moved(_ step: ChannelStep, _ channel: any ByteChannel) throws(TransportError) -> Int? {
        switch step {
        case .done(let count): return count
        case .wantsRead: engine.watch(channel.socket.descriptor, for: EPOLLIN.rawValue, self)
        case .wantsWrite: engine.watch(channel.socket.descriptor, for: EPOLLOUT.rawValue, self)
        case .ended: throw TransportError(.interrupted, "the server ended the connection")
        case .failed(let error): throw error
        }
        return nil
    }
}

// MARK: - Question and answer

extension Dial {
    /// Sends what is to be sent, then reads.
    ///
    /// - Returns: whether the answer has come on.
    private func exchange(over channel: any ByteChannel) throws(TransportError) -> Bool {
        while !output.isEmpty {
            let step = output.withUnsafeBytes { channel.write($0) }
            guard let count = try moved(step, channel) else { return false }
            output = output.dropFirst(count)
        }
        let step = channel.read(into: engine.scratch)
        switch step {
        // An answer may be as long as the connection.
        case .ended, .failed: try answer.end()
        case .done, .wantsRead, .wantsWrite:
            guard let count = try moved(step, channel) else { return false }
            try answer.receive(UnsafeRawBufferPointer(rebasing: engine.scratch[..<count]))
        }
        return true
    }

    /// Looks at what came of the answer.
    private func judge(_ channel: any ByteChannel) throws(TransportError) -> Bool {
        guard let head = answer.head else { return true }
        if request.accepts.contains(head.status) {
            try relay(head, over: channel)
            return false
        }
        // What is collected of an upgrade comes at its own pace, as a tunnel's bytes do.
        if head.status == 101 { due = .now + connection.listener.limits.tunnelIdleTime }
        guard case .complete(let head, let body) = answer.state else { return true }
        release()
        waiter.finish(.success(.refused(HTTPResponse(head: head, body: body))))
        return false
    }

    /// Hands over to a relay what came, and the connection that the rest comes by.
    private func relay(_ head: HTTPHead, over channel: any ByteChannel) throws(TransportError) {
        let isUpgrade = head.status == 101
        var server = RelayEnd(channel: channel, answer: isUpgrade ? nil : try RelayedAnswer(head))
        let body = answer.bytesAfterHead
        let count = body.withUnsafeBytes { server.admit($0) }
        if let failure = server.failure { throw failure }
        let bytes = isUpgrade ? answer.bytes : RelayedAnswer.head(head) + body.prefix(count)
        phase = .ended
        engine.forget(channel.socket.descriptor)
        engine.removeUnfinished(self)
        connection.relay(to: server, answer: bytes, isUpgrade: isUpgrade, waiter)
    }

    private func fail(_ error: TransportError) {
        release()
        waiter.finish(.failure(error))
    }

    private func release() {
        // Also of one that never came to have a socket.
        if connection.dialing === self { connection.dialing = nil }
        switch phase {
        case .ended: return
        case .connecting(let socket): engine.forget(socket.descriptor)
        case .proxy(let channel): engine.forget(channel.socket.descriptor)
        case .handshake(let channel): engine.forget(channel.socket.descriptor)
        case .asking(let channel): engine.forget(channel.socket.descriptor)
        }
        phase = .ended
        engine.removeUnfinished(self)
    }
}
