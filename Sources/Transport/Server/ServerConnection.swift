import CTransport
import Glibc

/// One connection of a server: its handshake, its requests one after the other, perhaps a tunnel, its end. Of the loop's
/// thread only.
final class ServerConnection: Participant {
    enum Phase {
        case handshake(since: ContinuousClock.Instant)
        /// Between two requests, or within the head of one, which began then.
        case head(since: ContinuousClock.Instant?)
        case exchange(HTTPExchange, BodyDecoder)
        case relay(Relay, TunnelWaiter)
        /// The last answer is on its way out; then the client is given time to read it, and to end.
        case farewell(since: ContinuousClock.Instant)
        case closed
    }

    /// What is read beyond the request that is being answered: only to notice that the client goes.
    static let aheadLimit = 4 << 10
    /// How long a client has to read the last answer before the connection is closed.
    static let farewellTime = Duration.seconds(2)

    let id: ConnectionID
    let channel: any ByteChannel
    /// The client's address, without its port.
    let address: String
    /// Who counts as one client; see ``SocketAddress/peer``.
    let peer: String
    let listener: Listener
    unowned let engine: ConnectionEngine
    var phase: Phase
    /// What the client was shown; a new one makes the end of the next answer the end of the connection.
    private let context: TLSServerContext?
    private var certificate: PeerCertificate?
    private var headReader: HTTPHeadReader
    var input: ArraySlice<UInt8> = []
    private var output: ArraySlice<UInt8> = []
    /// When the client last took something of the output, or had nothing to take before it.
    private var lastWrite = ContinuousClock.now
    private var readNeeds = EPOLLIN.rawValue
    private var writeNeeds = EPOLLOUT.rawValue
    private var lastRead = ContinuousClock.now
    private var wasTold = false
    /// The way to another server that is being made for the request.
    var dialing: Dial?

    init(channel: any ByteChannel, address: String, peer: String, listener: Listener, engine: ConnectionEngine) {
        id = ConnectionID(number: engine.inbox.makeNumber())
        self.channel = channel
        self.address = address
        self.peer = peer
        self.listener = listener
        self.engine = engine
        context = listener.context
        headReader = HTTPHeadReader(limit: listener.limits.headBytes)
        phase = .handshake(since: .now)
    }

    func start() {
        engine.connections[id] = self
        proceed()
    }

    func proceed() {
        for _ in 0..<16 {
            guard step() else {
                updateInterest()
                return
            }
        }
        engine.again(self)
        updateInterest()
    }

    /// - Returns: false if nothing more can be done before a socket is ready.
    private func step() -> Bool {
        switch phase {
        case .handshake: return shakeHands()
        case .head, .exchange:
            let hasSent = send()
            return receive() || hasSent
        case .relay(var relay, let waiter): return pump(&relay, waiter)
        case .farewell: return sayFarewell()
        case .closed: return false
        }
    }

    private func shakeHands() -> Bool {
        switch channel.handshake() {
        case .done:
            certificate = channel.peerCertificate
            phase = .head(since: .now)
            return true
        case .wantsRead: (readNeeds, writeNeeds) = (EPOLLIN.rawValue, 0)
        case .wantsWrite: (readNeeds, writeNeeds) = (EPOLLOUT.rawValue, 0)
        case .ended, .failed: close(.client, .clientGone)
        }
        return false
    }

    private func updateInterest() {
        let descriptor = channel.socket.descriptor
        switch phase {
        case .closed: return
        case .relay(let relay, _):
            let interest = relay.interest
            engine.watch(descriptor, for: interest.client, self)
            engine.watch(relay.server.channel.socket.descriptor, for: interest.server, self)
        case .handshake: engine.watch(descriptor, for: readNeeds, self)
        case .head, .exchange, .farewell:
            let mask = (wantsInput ? readNeeds : 0) | (output.isEmpty ? 0 : writeNeeds)
            engine.watch(descriptor, for: mask, self)
        }
    }

    var deadline: ContinuousClock.Instant? {
        let limits = listener.limits
        switch phase {
        case .handshake(let since): return since + limits.handshakeTime
        case .head(let since?): return since + limits.headTime
        case .head(nil): return lastRead + limits.idleTime
        // Who asks and does not read the answer is not waited for.
        case .exchange where !output.isEmpty: return lastWrite + limits.bodyTime
        case .exchange(_, let decoder): return decoder.isEnded ? nil : lastRead + limits.bodyTime
        case .relay(let relay, _):
            return relay.lastActivity + (relay.isLingering ? limits.lingerTime : limits.tunnelIdleTime)
        case .farewell(let since): return since + Self.farewellTime
        case .closed: return nil
        }
    }

    func expire() {
        if case .relay(let relay, _) = phase { return close(relay.endingByTime, .clientGone) }
        close(.idle, TransportError(.timedOut, "the client takes too long"))
    }

    /// Ends the connection at once.
    func close(_ ending: TunnelReport.Ending, _ error: TransportError) {
        let last = phase
        if case .closed = last { return }
        phase = .closed
        dialing?.cancel(error)
        dialing = nil
        engine.forget(channel.socket.descriptor)
        switch last {
        case .exchange(let exchange, _): exchange.fail(error)
        case .relay(let relay, let waiter):
            engine.forget(relay.server.channel.socket.descriptor)
            waiter.finish(.success(.relayed(relay.report(ending))))
        case .handshake, .head, .farewell, .closed: break
        }
        engine.remove(self)
    }
}

// MARK: - Receiving

extension ServerConnection {
    private var wantsInput: Bool {
        switch phase {
        case .handshake, .head, .farewell: true
        case .exchange(let exchange, let decoder):
            decoder.isEnded ? input.count < Self.aheadLimit : exchange.wantsBody
        case .relay, .closed: false
        }
    }

    private func receive() -> Bool {
        guard wantsInput else { return false }
        switch channel.read(into: engine.scratch) {
        case .done(let count):
            lastRead = .now
            input.append(contentsOf: engine.scratch[..<count])
            interpret()
            if input.isEmpty { input = [] }
            return true
        case .wantsRead: readNeeds = EPOLLIN.rawValue
        case .wantsWrite: readNeeds = EPOLLOUT.rawValue
        case .ended, .failed: close(.client, .clientGone)
        }
        return false
    }

    /// Makes of the input what it means in this phase.
    private func interpret() {
        do throws(RequestRefusal) {
            if case .head(let since) = phase, !input.isEmpty {
                if since == nil { phase = .head(since: lastRead) }
                try readHead()
            }
            if case .exchange(let exchange, var decoder) = phase, !decoder.isEnded {
                while let bytes = try decoder.next(&input) { exchange.receive(bytes) }
                phase = .exchange(exchange, decoder)
                if decoder.isEnded { exchange.endBody() }
            }
        } catch {
            refuse(error)
        }
    }

    private func readHead() throws(RequestRefusal) {
        let head: HTTPHeadReader.Head?
        do throws(HTTPHeadReader.Refusal) {
            head = try headReader.read(input)
        } catch {
            throw error == .tooLarge ? .headTooLarge : .badRequest
        }
        guard let head else { return }
        input = input.dropFirst(head.size)
        headReader = HTTPHeadReader(limit: listener.limits.headBytes)
        let request = try HTTPServerRequest(head)
        let decoder = try BodyDecoder(request.framing, limit: listener.limits.bodyBytes)
        let exchange = HTTPExchange(
            id: id,
            request: request,
            // A connection may last longer than what it was opened with.
            certificate: certificate.flatMap { $0.notAfter < Int64(time(nil)) ? nil : $0 },
            address: address,
            peer: peer,
            inbox: engine.inbox
        )
        phase = .exchange(exchange, decoder)
        if decoder.isEnded { exchange.endBody() }
        if request.expectsContinue { enqueue(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
        listener.exchanges.yield(exchange)
    }

    private func refuse(_ refusal: RequestRefusal) {
        if case .exchange(let exchange, _) = phase {
            exchange.fail(TransportError(.badResponse, "the request's body is no HTTP"))
        }
        let encoding = AnswerEncoding(isHead: false, isVersion11: true, keepsAlive: false)
        let headers = [(name: "Content-Type", value: "text/plain; charset=utf-8")]
        let body = Array("\(refusal.rawValue) \(refusal)\n".utf8)
        enqueue(encoding.whole(status: refusal.rawValue, headers: headers, body: body))
        phase = .farewell(since: .now)
    }
}

// MARK: - Sending

extension ServerConnection {
    private func send() -> Bool {
        if output.isEmpty, case .exchange(let exchange, _) = phase {
            // Asked first: what is queued after it is none of the answer's.
            let isAnswered = exchange.isAnswered
            enqueue(exchange.takeOutput())
            if output.isEmpty {
                if isAnswered { finish(exchange) }
                return isAnswered
            }
        }
        return !output.isEmpty && writeOutput()
    }

    private func enqueue(_ bytes: [UInt8]) {
        if output.isEmpty { lastWrite = .now }
        output += bytes
    }

    private func writeOutput() -> Bool {
        switch output.withUnsafeBytes({ channel.write($0) }) {
        case .done(let count):
            lastWrite = .now
            output = output.dropFirst(count)
            if output.isEmpty { output = [] }
            return true
        case .wantsRead: writeNeeds = EPOLLIN.rawValue
        case .wantsWrite: writeNeeds = EPOLLOUT.rawValue
        case .ended, .failed: close(.client, .clientGone)
        }
        return false
    }

    /// The answer is out.
    private func finish(_ exchange: HTTPExchange) {
        guard case .exchange(_, let decoder) = phase else { return }
        let mayGoOn = exchange.keepsAlive && decoder.isEnded && listener.context === context
        // The client may take its time from here on, however long the answer took.
        lastRead = .now
        phase = mayGoOn ? .head(since: nil) : .farewell(since: .now)
        exchange.fail(TransportError(.closed, "the answer has been given"))
        // The next request may have come with the last one.
        if mayGoOn { interpret() }
    }

    /// Sends the rest, tells the client that nothing more comes, and reads on for a while: a connection that is closed
    /// with bytes unread takes the answer with it.
    private func sayFarewell() -> Bool {
        input = []
        if !output.isEmpty { return writeOutput() }
        if !wasTold {
            wasTold = true
            channel.endWrites()
        }
        switch channel.read(into: engine.scratch) {
        case .done: return true
        case .wantsRead: readNeeds = EPOLLIN.rawValue
        case .wantsWrite: readNeeds = EPOLLOUT.rawValue
        case .ended, .failed: close(.client, .clientGone)
        }
        return false
    }
}

// MARK: - Tunnels

extension ServerConnection {
    /// Makes the way to another server for the request that is being answered.
    func dial(_ request: TunnelRequest, _ waiter: TunnelWaiter) {
        guard case .exchange(let exchange, let decoder) = phase, decoder.isEnded, !exchange.hasAnswer, dialing == nil
        else {
            waiter.finish(.failure(TransportError(.invalidRequest, "the request cannot become a tunnel")))
            return
        }
        let dial = Dial(request, waiter, for: self, engine: engine)
        dialing = dial
        dial.start()
    }

    /// From here on bytes are relayed, those that came already first.
    ///
    /// - Parameters:
    ///   - answer: the head of the other server's answer with what is to be passed on of all that came after it.
    ///   - isUpgrade: whether the other server has given the connection up for another protocol. Where it has not, what
    ///     else the client sends would be a second request under our name: it is thrown away.
    func relay(to server: RelayEnd, answer: [UInt8], isUpgrade: Bool, _ waiter: TunnelWaiter) {
        guard case .exchange(let exchange, _) = phase else { return }
        dialing = nil
        let client = RelayEnd(channel: channel, pending: answer)
        var target = server
        if isUpgrade { target.pending = Array(input)[...] }
        phase = .relay(Relay(client: client, server: target, isOneWay: !isUpgrade), waiter)
        input = []
        exchange.handOver()
        engine.again(self)
        updateInterest()
    }

    private func pump(_ relay: inout Relay, _ waiter: TunnelWaiter) -> Bool {
        let progress = relay.pump(engine.scratch)
        phase = .relay(relay, waiter)
        switch progress {
        case .blocked: return false
        case .more:
            engine.again(self)
            return false
        case .finished(let ending):
            close(ending, .clientGone)
            return false
        }
    }
}
