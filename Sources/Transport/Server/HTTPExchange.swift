package import Lifecycle
import Synchronization

/// One request and the answer to it, for the task that answers.
///
/// The answer is given once: whole by ``respond(status:headers:body:)``, or piece by piece by ``begin(status:headers:)``,
/// ``write(_:)`` and ``end()``, or by a tunnel. When the client goes, ``isGone`` tells, waiting calls throw `.interrupted`,
/// and the rest of an answer is nobody's business any more.
package final class HTTPExchange: Sendable {
    typealias State = ExchangeState<CheckedContinuation<Void, any Error>, CheckedContinuation<[UInt8]?, any Error>>

    package let request: HTTPServerRequest
    /// Whom the client's certificate names, if it gave one that is believed and has not expired since.
    package let certificate: PeerCertificate?
    /// The client's address, without its port.
    package let address: String
    /// Who counts as one client where clients have bounds: an IPv4 address, or a network of IPv6 addresses of which one
    /// client may have all.
    package let peer: String
    /// Triggered when the connection is gone, or is no longer this exchange's.
    package let isGone = ShutdownSignal()

    let id: ConnectionID
    private let inbox: CommandInbox<ConnectionCommand>
    private let state = Mutex(State())
    private let encoding: Mutex<AnswerEncoding>

    init(
        id: ConnectionID,
        request: HTTPServerRequest,
        certificate: PeerCertificate?,
        address: String,
        peer: String,
        inbox: CommandInbox<ConnectionCommand>
    ) {
        self.id = id
        self.request = request
        self.certificate = certificate
        self.address = address
        self.peer = peer
        self.inbox = inbox
        encoding = Mutex(AnswerEncoding(request))
    }

    /// Whether an answer has begun.
    package var hasAnswer: Bool { state.withLock { $0.phase } != .waiting }
}

// MARK: - Answering

extension HTTPExchange {
    /// Gives the whole answer.
    ///
    /// - Parameter closing: whether the connection ends with it, whatever the client would like.
    package func respond(
        status: Int,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        closing: Bool = false
    ) {
        let bytes = encoding.withLock { encoding in
            if closing { encoding.endConnection() }
            return encoding.whole(status: status, headers: headers, body: body)
        }
        state.withLock { $0.end(with: bytes) }
        inbox.submit(.proceed(id))
    }

    /// Begins an answer whose length is not known.
    package func begin(status: Int, headers: [(name: String, value: String)] = []) async throws {
        try await enqueue(encoding.withLock { $0.begin(status: status, headers: headers) })
    }

    /// Goes on with the answer; waits while the client has much to read already.
    ///
    /// - Throws: ``TransportError`` when the client is gone; `CancellationError`, after which the connection is closed.
    package func write(_ bytes: [UInt8]) async throws {
        let encoded = encoding.withLock { $0.piece(bytes) }
        if !encoded.isEmpty { try await enqueue(encoded) }
    }

    /// Ends an answer that was begun.
    package func end() {
        let bytes = encoding.withLock { $0.last }
        state.withLock { $0.end(with: bytes) }
        inbox.submit(.proceed(id))
    }

    /// Breaks the connection, so that the client cannot take half an answer for a whole one.
    package func abort() {
        inbox.submit(.abort(id))
    }

    private func enqueue(_ bytes: [UInt8]) async throws {
        let turn = state.withLock { $0.write(bytes, orPark: nil) }
        switch turn {
        case .go: inbox.submit(.proceed(id))
        case .fail(let error): throw error
        case .wait:
            try await abortingWhenCancelled {
                try await withCheckedThrowingContinuation { writer in
                    switch state.withLock({ $0.write([], orPark: writer) }) {
                    case .go: writer.resume()
                    case .fail(let error): writer.resume(throwing: error)
                    case .wait: break
                    }
                }
            }
            try await enqueue(bytes)
        }
    }

    func abortingWhenCancelled<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await withTaskCancellationHandler(operation: body) { abort() }
        } catch is TransportError where Task.isCancelled {
            throw CancellationError()
        }
    }
}

// MARK: - The request's body

extension HTTPExchange {
    /// The whole body.
    ///
    /// - Throws: ``TransportError`` `.tooLarge`, or when the client is gone; `CancellationError`.
    package func body(limit: Int) async throws -> [UInt8] {
        var whole: [UInt8] = []
        while let bytes = try await nextPiece() {
            whole += bytes
            guard whole.count <= limit else {
                throw TransportError(.tooLarge, "the request's body is longer than \(limit) bytes")
            }
        }
        return whole
    }

    private func nextPiece() async throws -> [UInt8]? {
        switch state.withLock({ $0.read(orPark: nil) }) {
        case .go(let bytes):
            inbox.submit(.proceed(id))
            return bytes
        case .fail(let error): throw error
        case .wait:
            return try await abortingWhenCancelled {
                try await withCheckedThrowingContinuation { reader in
                    switch state.withLock({ $0.read(orPark: reader) }) {
                    case .go(let bytes):
                        // There is room again: the loop may have stopped reading for want of it.
                        inbox.submit(.proceed(id))
                        reader.resume(returning: bytes)
                    case .fail(let error): reader.resume(throwing: error)
                    case .wait: break
                    }
                }
            }
        }
    }
}

// MARK: - The loop's side

extension HTTPExchange {
    func takeOutput() -> [UInt8] {
        let (bytes, writer) = state.withLock { $0.takeOutput() }
        writer?.resume()
        return bytes
    }

    var isAnswered: Bool { state.withLock { $0.phase } == .answered }
    /// Whether the task that answers waits for the client.
    var isHeldBack: Bool { state.withLock { $0.hasWriter } }
    var wantsBody: Bool { state.withLock { $0.wantsBody } }
    /// Whether another request may follow, as far as the answer tells its own end.
    var keepsAlive: Bool { encoding.withLock { $0.keepsAlive } }

    func receive(_ bytes: ArraySlice<UInt8>) {
        let taken = state.withLock { $0.receive(bytes) }
        taken?.reader.resume(returning: taken?.bytes)
    }

    func endBody() {
        state.withLock { $0.endBody() }?.resume(returning: nil)
    }

    /// Tells that the connection is no more.
    func fail(_ error: TransportError) {
        let (writer, reader) = state.withLock { $0.fail(error) }
        writer?.resume(throwing: error)
        reader?.resume(throwing: error)
        isGone.trigger()
    }
}

// MARK: - Tunnels

extension HTTPExchange {
    /// Makes a tunnel to another server; see ``TunnelDialer``.
    func tunnel(_ request: TunnelRequest) async throws -> TunnelOutcome {
        try await abortingWhenCancelled {
            try await withCheckedThrowingContinuation { continuation in
                let waiter = TunnelWaiter(continuation)
                guard inbox.submit(.tunnel(id, request, waiter)) else {
                    return waiter.finish(.failure(.loopClosed))
                }
                // A cancel that came before the start found nothing to cancel.
                if Task.isCancelled { abort() }
            }
        }
    }

    /// The connection is the tunnel's now: no answer can be given any more.
    func handOver() {
        state.withLock { $0.end(with: []) }
    }
}
