/// What the thread of a ``TransferLoop`` can be told.
enum TransferCommand: Sendable {
    case start(TransferRequest, any TransferReceiver)
    case cancel(TransferID)
    case resume(TransferID)
}

/// Names one transfer of one loop.
struct TransferID: Hashable, Sendable {
    let number: UInt64
}
