/// What a streamed answer has come to; pure, decides who is to be told what.
///
/// Generic over the waiting ends, which are continuations in life.
struct ResponseChannelState<HeadWaiter, ChunkWaiter> {
    /// What becomes of a reader who asks for the next bytes.
    enum Turn {
        case chunk([UInt8], resumes: Bool)
        case end
        case failure(TransportError)
        case wait
    }

    private var headWaiter: HeadWaiter?
    private var chunkWaiter: ChunkWaiter?
    private var buffer: BodyBuffer
    private var outcome: Result<Void, TransportError>?
    private(set) var bytesReceived = 0

    init(watermarks: BodyBuffer.Watermarks) {
        buffer = BodyBuffer(watermarks: watermarks)
    }

    mutating func awaitHead(_ waiter: HeadWaiter) {
        precondition(headWaiter == nil, "the head of an answer is awaited twice")
        headWaiter = waiter
    }

    /// - Returns: who waits for the head.
    mutating func receiveHead(size: Int) -> HeadWaiter? {
        bytesReceived += size
        defer { headWaiter = nil }
        return headWaiter
    }

    /// - Returns: nil if the bytes were not taken; otherwise, in `reader`, who gets them at once.
    mutating func receive(_ bytes: [UInt8]) -> (isTaken: Bool, reader: ChunkWaiter?) {
        if let reader = chunkWaiter {
            // A reader only waits when the buffer is empty.
            chunkWaiter = nil
            bytesReceived += bytes.count
            return (true, reader)
        }
        guard buffer.append(bytes) else { return (false, nil) }
        bytesReceived += bytes.count
        return (true, nil)
    }

    /// Notes the end of the transfer. What has been buffered is still read, but for a cancelled one.
    ///
    /// - Returns: who waited in vain, for the head or for more.
    mutating func finish(_ result: Result<Void, TransportError>) -> (head: HeadWaiter?, reader: ChunkWaiter?) {
        outcome = result
        if case .failure(let error) = result, error.code == .cancelled { buffer.removeAll() }
        defer { (headWaiter, chunkWaiter) = (nil, nil) }
        return (headWaiter, chunkWaiter)
    }

    /// The next bytes, if it is known what comes next.
    mutating func take() -> Turn {
        if let (chunk, resumes) = buffer.removeFirst() { return .chunk(chunk, resumes: resumes) }
        return switch outcome {
        case nil: .wait
        case .success: .end
        case .failure(let error): .failure(error)
        }
    }

    /// As `take`, but a reader who has to wait is remembered.
    mutating func take(orPark waiter: ChunkWaiter) -> Turn {
        let turn = take()
        if case .wait = turn {
            precondition(chunkWaiter == nil, "a body has two readers at once")
            chunkWaiter = waiter
        }
        return turn
    }
}
