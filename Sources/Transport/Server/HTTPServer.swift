import Glibc
import Lifecycle

/// An HTTP/1.1 server on one address, with TLS or without. Bounded whoever connects: ``HTTPServerLimits``.
package final class HTTPServer: Sendable {
    /// Answers one request. What it leaves without an answer is answered with 500.
    package typealias Handler = @Sendable (HTTPExchange) async -> Void

    /// The port that it listens on; the one that was given, or the one that the kernel chose for 0.
    package let port: UInt16
    private let id: ListenerID
    private let loop: ConnectionLoop
    private let exchanges: AsyncStream<HTTPExchange>

    /// Starts to listen; requests are answered from ``run(_:)`` on.
    ///
    /// - Parameters:
    ///   - host: an IPv4 or IPv6 address.
    ///   - port: 0 for any.
    ///   - context: nil for plain HTTP.
    /// - Throws: ``TransportError`` when the address can't be bound.
    package init(
        on loop: ConnectionLoop,
        host: String,
        port: UInt16,
        context: TLSServerContext?,
        limits: HTTPServerLimits = HTTPServerLimits()
    ) throws(TransportError) {
        guard let address = SocketAddress(host: host, port: port) else {
            throw TransportError(.invalidURL, "\(host) is no IP address")
        }
        let socket = try Socket.listening(at: address)
        self.port = socket.localAddress.port
        self.loop = loop
        id = ListenerID(number: loop.inbox.makeNumber())
        // Bounded by the connections: each has at most one request in it.
        let (stream, continuation) = AsyncStream<HTTPExchange>.makeStream()
        exchanges = stream
        let descriptor = dup(socket.descriptor)
        guard descriptor >= 0 else { throw TransportError(systemCall: "dup") }
        let setup = ListenerSetup(descriptor: descriptor, context: context, limits: limits, exchanges: continuation)
        guard loop.inbox.submit(.open(id, setup)) else {
            close(descriptor)
            throw .loopClosed
        }
    }

    deinit {
        loop.inbox.submit(.close(id))
    }

    /// Shows another certificate, or believes other clients, from the next connection on. Answers and tunnels under way
    /// go on; connections that were kept for more requests end.
    package func replace(_ context: TLSServerContext) {
        loop.inbox.submit(.secure(id, context))
    }

    /// Answers requests until its task is cancelled or the loop stops; then nothing of the server is left. Once only.
    package func run(_ handler: @escaping Handler) async {
        await withDiscardingTaskGroup { group in
            for await exchange in exchanges {
                group.addTask { await Self.serve(exchange, handler) }
            }
            // All connections of the server, and so all that handlers wait for.
            loop.inbox.submit(.close(id))
            group.cancelAll()
        }
    }

    /// Runs the handler, and cancels it when the client goes.
    private static func serve(_ exchange: HTTPExchange, _ handler: @escaping Handler) async {
        await withTaskGroup { group in
            group.addTask {
                await handler(exchange)
                if !exchange.hasAnswer { exchange.respond(status: 500) }
            }
            group.addTask { await exchange.isGone.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}
