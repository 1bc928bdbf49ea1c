/// What a request and its answer have come to, between the task that answers and the loop that sends. Pure: decides who
/// is to be resumed, and what the loop is to be told.
///
/// Generic over the waiting ends, which are continuations in life.
struct ExchangeState<Writer, Reader> {
    /// From this many bytes on that were not sent yet, a writer waits until less than half of it is left.
    static var highWater: Int { 32 << 10 }

    enum Phase: Equatable {
        /// No answer has begun.
        case waiting
        case answering
        /// The answer is whole; the loop may still be sending it.
        case answered
    }

    /// What a writer or reader who asks is to do.
    enum Turn<Value> {
        case go(Value)
        case wait
        case fail(TransportError)
    }

    private(set) var phase = Phase.waiting
    private(set) var failure: TransportError?
    private var output: [UInt8] = []
    private var writer: Writer?
    private var body: [UInt8] = []
    private var isBodyWhole = false
    private var reader: Reader?

    // MARK: The answering task

    /// Queues bytes of the answer, if there is room.
    mutating func write(_ bytes: [UInt8], orPark writer: Writer?) -> Turn<Void> {
        if let failure { return .fail(failure) }
        guard output.count < Self.highWater else {
            if let writer { self.writer = writer }
            return .wait
        }
        if phase == .waiting { phase = .answering }
        output += bytes
        return .go(())
    }

    /// Queues the last bytes of the answer, for which there is always room.
    mutating func end(with bytes: [UInt8]) {
        guard failure == nil, phase != .answered else { return }
        output += bytes
        phase = .answered
    }

    /// Takes what came of the body; nothing at its end.
    mutating func read(orPark reader: Reader?) -> Turn<[UInt8]?> {
        if !body.isEmpty {
            defer { body = [] }
            return .go(body)
        }
        if isBodyWhole { return .go(nil) }
        if let failure { return .fail(failure) }
        if let reader { self.reader = reader }
        return .wait
    }

    // MARK: The loop

    /// What is to be sent next; empty for nothing.
    mutating func takeOutput() -> (bytes: [UInt8], writer: Writer?) {
        defer { output = [] }
        defer { writer = nil }
        return (output, writer)
    }

    /// Whether somebody waits until the client has taken more of the answer.
    var hasWriter: Bool { writer != nil }

    /// Whether the loop shall go on to read the body.
    var wantsBody: Bool { !isBodyWhole && body.count < Self.highWater }

    mutating func receive<Bytes: Sequence<UInt8>>(_ bytes: Bytes) -> (bytes: [UInt8], reader: Reader)? {
        body += bytes
        guard let reader else { return nil }
        self.reader = nil
        defer { body = [] }
        return (body, reader)
    }

    mutating func endBody() -> Reader? {
        isBodyWhole = true
        defer { reader = nil }
        return reader
    }

    /// The connection is gone: nothing more is sent or comes.
    mutating func fail(_ error: TransportError) -> (writer: Writer?, reader: Reader?) {
        guard failure == nil else { return (nil, nil) }
        failure = error
        output = []
        defer { (writer, reader) = (nil, nil) }
        return (writer, reader)
    }
}
