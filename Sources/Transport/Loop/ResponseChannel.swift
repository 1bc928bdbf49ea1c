import Synchronization

/// Hands a streamed answer from the loop's thread to its reader, with back-pressure.
final class ResponseChannel: TransferReceiver {
    typealias State = ResponseChannelState<
        CheckedContinuation<HTTPHead, any Error>, CheckedContinuation<[UInt8]?, any Error>
    >

    private let state = Mutex(State(watermarks: .standard))

    func awaitHead(_ waiter: CheckedContinuation<HTTPHead, any Error>) {
        state.withLock { $0.awaitHead(waiter) }
    }

    func receive(head: HTTPHead, size: Int) {
        let waiter = state.withLock { $0.receiveHead(size: size) }
        waiter?.resume(returning: head)
    }

    func receive(body: UnsafeRawBufferPointer) -> BodyVerdict {
        let bytes = Array(body)
        let (isTaken, reader) = state.withLock { $0.receive(bytes) }
        reader?.resume(returning: bytes)
        return isTaken ? .taken : .pause
    }

    func finish(_ result: Result<HTTPTraffic, TransportError>) {
        let outcome = result.map { _ in () }
        let (head, reader) = state.withLock { $0.finish(outcome) }
        switch outcome {
        case .success:
            head?.resume(throwing: TransportError.endedInHead)
            reader?.resume(returning: nil)
        case .failure(let error):
            head?.resume(throwing: error)
            reader?.resume(throwing: error)
        }
    }

    var bytesReceived: Int { state.withLock { $0.bytesReceived } }

    /// What comes next, if it is known; `.wait` otherwise.
    func take() -> State.Turn {
        state.withLock { $0.take() }
    }

    /// As `take`; on `.wait` the waiter will be resumed.
    func take(orPark waiter: CheckedContinuation<[UInt8]?, any Error>) -> State.Turn {
        state.withLock { $0.take(orPark: waiter) }
    }
}
