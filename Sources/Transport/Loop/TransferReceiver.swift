/// Takes in what a transfer brings. Called on the loop's thread, within libcurl's callbacks: must neither block nor call
/// the loop back.
protocol TransferReceiver: Sendable {
    /// The head of the final response. At most once, before any body.
    func receive(head: HTTPHead, size: Int)

    /// The next bytes of the body, valid for this call only.
    func receive(body: UnsafeRawBufferPointer) -> BodyVerdict

    /// The end of the transfer, exactly once, after which libcurl has forgotten it.
    func finish(_ result: Result<HTTPTraffic, TransportError>)
}

/// What a receiver makes of bytes.
enum BodyVerdict {
    case taken
    /// None was taken; they come again after `resume`.
    case pause
    /// The transfer is to fail.
    case refused(TransportError)
}
