import CTransport
import Glibc

/// A socket that listens, and what becomes of who connects.
struct ListenerSetup: Sendable {
    /// Opened before, so that a port that is taken is an error of who asks for it. Handed over to the loop's thread.
    let descriptor: Int32
    /// Nil for plain HTTP.
    let context: TLSServerContext?
    let limits: HTTPServerLimits
    let exchanges: AsyncStream<HTTPExchange>.Continuation

    /// For a listener that nobody serves.
    func abandon() {
        close(descriptor)
        exchanges.finish()
    }
}

/// Accepts connections, within the limits. Of the loop's thread only.
final class Listener: Participant {
    /// After the machine gave no descriptor for a connection: how long none is accepted.
    private static let pause = Duration.milliseconds(200)

    let limits: HTTPServerLimits
    let exchanges: AsyncStream<HTTPExchange>.Continuation
    private(set) var context: TLSServerContext?
    private let socket: Socket
    private unowned let engine: ConnectionEngine
    private var peers: [String: Int] = [:]
    private var allowance: PeerAllowance
    private var count = 0
    private var pausedUntil: ContinuousClock.Instant?
    private var isStopped = false

    init(_ setup: ListenerSetup, engine: ConnectionEngine) {
        limits = setup.limits
        allowance = PeerAllowance(
            burst: setup.limits.connectionsPerPeer,
            perSecond: Double(setup.limits.newConnectionsPerSecond)
        )
        exchanges = setup.exchanges
        context = setup.context
        socket = Socket(owning: setup.descriptor)
        self.engine = engine
    }

    func start() {
        // Its last connections end after it.
        guard !isStopped else { return }
        engine.watch(socket.descriptor, for: EPOLLIN.rawValue, self)
    }

    func stop() {
        isStopped = true
        engine.forget(socket.descriptor)
        exchanges.finish()
    }

    func replace(_ context: TLSServerContext) { self.context = context }

    var deadline: ContinuousClock.Instant? { pausedUntil }

    func expire() {
        pausedUntil = nil
        start()
    }

    func proceed() {
        guard !isStopped else { return }
        // Others come first after some; the socket stays ready.
        for _ in 0..<32 where count < limits.connections {
            guard let (accepted, address) = socket.accept() else {
                if errno == EMFILE || errno == ENFILE { pausedUntil = .now + Self.pause }
                break
            }
            take(accepted, from: address)
        }
        let isFull = count >= limits.connections || pausedUntil != nil
        engine.watch(socket.descriptor, for: isFull ? 0 : EPOLLIN.rawValue, self)
    }

    private func take(_ socket: Socket, from address: SocketAddress) {
        let peer = address.peer
        guard peers[peer, default: 0] < limits.connectionsPerPeer, allowance.take(peer, now: .now) else { return }
        do throws(TransportError) {
            let channel: any ByteChannel =
                if let context { try context.makeChannel(over: socket) } else { PlainChannel(socket: socket) }
            peers[peer, default: 0] += 1
            count += 1
            let connection = ServerConnection(
                channel: channel,
                address: address.host,
                peer: peer,
                listener: self,
                engine: engine
            )
            connection.start()
        } catch {
            // OpenSSL is out of memory; the connection closes with the socket.
            return
        }
    }

    /// A connection of this peer is over.
    func departed(_ peer: String) {
        count -= 1
        let left = peers[peer, default: 1] - 1
        peers[peer] = left > 0 ? left : nil
        if count == limits.connections - 1, pausedUntil == nil { start() }
    }
}
