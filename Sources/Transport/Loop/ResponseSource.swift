/// The reader's end of a streamed answer. Cancels the transfer at the end of its life.
final class ResponseSource: HTTPBodySource {
    private let channel: ResponseChannel
    private let inbox: CommandInbox<TransferCommand>
    private let id: TransferID

    init(channel: ResponseChannel, inbox: CommandInbox<TransferCommand>, id: TransferID) {
        self.channel = channel
        self.inbox = inbox
        self.id = id
    }

    deinit {
        // Of no effect for a transfer that has ended.
        inbox.submit(.cancel(id))
    }

    var bytesReceived: Int { channel.bytesReceived }

    func next() async throws -> [UInt8]? {
        switch channel.take() {
        case .wait: return try await waitForNext()
        case let turn: return try resolve(turn)
        }
    }

    private func waitForNext() async throws -> [UInt8]? {
        try await cancellable(id, of: inbox) {
            try await withCheckedThrowingContinuation { waiter in
                switch channel.take(orPark: waiter) {
                case .wait: break
                case let turn: waiter.resume(with: Result { try resolve(turn) })
                }
            }
        }
    }

    private func resolve(_ turn: ResponseChannel.State.Turn) throws -> [UInt8]? {
        switch turn {
        case .chunk(let chunk, let resumes):
            if resumes { inbox.submit(.resume(id)) }
            return chunk
        case .end: return nil
        case .failure(let error): throw error.code == .cancelled && Task.isCancelled ? CancellationError() : error
        case .wait: preconditionFailure("a reader who has to wait has nothing to resolve")
        }
    }
}

/// Runs `body`, which waits for something of a transfer, and cancels the transfer with the task.
///
/// The loop resumes whoever waits once libcurl has forgotten the transfer, so nothing of it goes on behind the
/// `CancellationError` thrown from here.
func cancellable<Value>(
    _ id: TransferID,
    of inbox: CommandInbox<TransferCommand>,
    _ body: () async throws -> Value
) async throws -> Value {
    do {
        return try await withTaskCancellationHandler(operation: body) {
            inbox.submit(.cancel(id))
        }
    } catch let error as TransportError where error.code == .cancelled && Task.isCancelled {
        throw CancellationError()
    }
}
