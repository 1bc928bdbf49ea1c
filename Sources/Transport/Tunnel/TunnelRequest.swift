import Synchronization

/// How a tunnel came out.
package enum TunnelOutcome: Sendable {
    /// The other server took the request, and bytes went both ways until one end was through. The client's connection is
    /// over.
    case relayed(TunnelReport)
    /// The other server gave an answer that was not looked for; the client is still waiting for one.
    case refused(HTTPResponse)
}

/// What went through a tunnel.
package struct TunnelReport: Sendable, Hashable {
    /// Who or what ended it.
    package enum Ending: String, Sendable {
        case client
        case server
        /// No byte for longer than ``HTTPServerLimits/tunnelIdleTime``.
        case idle
        /// Its task was cancelled, or the loop stopped.
        case stopped
    }

    package let bytesToServer: Int
    package let bytesToClient: Int
    package let ending: Ending
}

/// All that the loop must know to dial another server and ask it for something.
struct TunnelRequest: Sendable {
    /// To be tried one after the other: those of the server, or of the proxy.
    let addresses: [SocketAddress]
    /// The name of the server and how to speak to it; nil for a server without TLS.
    let tls: (context: TLSClientContext, name: String)?
    /// What asks a proxy for the connection; nil without one.
    let proxyHead: [UInt8]?
    /// The request as it goes over the wire.
    let head: [UInt8]
    /// The statuses of answers that make a tunnel.
    let accepts: Set<Int>
    /// How much is read of the body of any other answer, in bytes.
    let bodyLimit: Int
    /// The bound from the first attempt to the end of TLS's handshake.
    let connectTime: Duration
    /// The bound from then to the end of the answer's head; nil for as long as a tunnel may be silent.
    let answerTime: Duration?
}

/// Who waits for the outcome of a tunnel; told once.
final class TunnelWaiter: Sendable {
    private let continuation: Mutex<CheckedContinuation<TunnelOutcome, any Error>?>

    init(_ continuation: CheckedContinuation<TunnelOutcome, any Error>) {
        self.continuation = Mutex(continuation)
    }

    func finish(_ result: Result<TunnelOutcome, TransportError>) {
        let waiting = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiting?.resume(with: result)
    }
}
