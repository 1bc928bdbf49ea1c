import Synchronization

/// Gathers the answer to a unary call.
final class ResponseCollector: TransferReceiver {
    private struct State {
        var head: HTTPHead?
        var body: [UInt8] = []
    }

    private let limit: Int
    private let caller: CheckedContinuation<HTTPResponse, any Error>
    /// Only the loop's thread comes here; the lock makes that a fact the compiler can see.
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: the longest body, in bytes.
    ///   - caller: is resumed at the end of the transfer.
    init(limit: Int, caller: CheckedContinuation<HTTPResponse, any Error>) {
        self.limit = limit
        self.caller = caller
    }

    func receive(head: HTTPHead, size: Int) {
        state.withLock { $0.head = head }
    }

    func receive(body: UnsafeRawBufferPointer) -> BodyVerdict {
        let fits = state.withLock { state in
            guard state.body.count + body.count <= limit else { return false }
            state.body.append(contentsOf: body)
            return true
        }
        return fits ? .taken : .refused(TransportError(.tooLarge, "the answer is longer than \(limit) bytes"))
    }

    func finish(_ result: Result<HTTPTraffic, TransportError>) {
        let (head, body) = state.withLock { state in
            defer { state = State() }
            return (state.head, state.body)
        }
        switch (result, head) {
        case (.success(let traffic), let head?):
            caller.resume(returning: HTTPResponse(head: head, body: body, traffic: traffic))
        case (.success, nil):
            caller.resume(throwing: TransportError.endedInHead)
        case (.failure(let error), _):
            caller.resume(throwing: error)
        }
    }
}
