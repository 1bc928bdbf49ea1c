import CTransport
import Glibc

/// A server's end of one connection. A request for an exec is answered with an upgrade, and its command says how much
/// flows; whatever else is asked goes on, without TLS, to another server on this machine.
final class RelayServerConnection: RelayParticipant {
    private enum Phase {
        case handshake
        case head([UInt8])
        case answering(ArraySlice<UInt8>, RelayVolume)
        case flow(RelayFlow)
        case splice(RelaySplice)
        case over
    }

    private let tls: RelayTLS
    /// The port of the other server.
    private let port: UInt16
    private unowned let engine: RelayEngine
    private var phase = Phase.handshake
    private var needs: UInt32 = 0

    init(_ tls: RelayTLS, others port: UInt16, _ engine: RelayEngine) {
        self.tls = tls
        self.port = port
        self.engine = engine
    }

    var interests: [(descriptor: Int32, mask: UInt32)] {
        if case .splice(let splice) = phase { return splice.interests(tls) }
        return [(tls.descriptor, needs)]
    }
    /// An ended splice keeps its place: both of its sockets are forgotten with it.
    var isOver: Bool {
        switch phase {
        case .over: true
        case .splice(let splice): splice.isOver
        case .handshake, .head, .answering, .flow: false
        }
    }

    func proceed() -> Bool {
        for _ in 0..<16 {
            guard step() else { return false }
        }
        return true
    }

    private func step() -> Bool {
        switch phase {
        case .handshake:
            guard moved(tls.handshake()) != nil else { return false }
            phase = .head([])
        case .head(let bytes):
            guard let count = moved(tls.read(into: engine.scratch)) else { return false }
            read(bytes + engine.scratch[..<count])
        case .answering(let rest, let volume):
            guard let count = moved(rest.withUnsafeBytes { tls.write($0) }) else { return false }
            phase = count < rest.count ? .answering(rest.dropFirst(count), volume) : .flow(RelayFlow(.server, volume))
        case .flow(var flow):
            let hasMoved = flow.step(tls, engine)
            needs = flow.needs
            // The client ends it.
            phase = flow.hasEnded ? .over : .flow(flow)
            return hasMoved && !isOver
        case .splice(let splice):
            return splice.step(tls, engine.scratch) && !isOver
        case .over: return false
        }
        return !isOver
    }

    private func read(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("\r\n\r\n") else {
            phase = .head(bytes)
            return
        }
        let target = text.split(separator: " ").dropFirst().first ?? ""
        if let volume = Self.volume(of: target) {
            let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n"
            phase = .answering(Array(answer.utf8)[...], volume)
        } else {
            do throws(BenchmarkError) {
                phase = .splice(RelaySplice(try RelaySocket.connecting(to: "127.0.0.1", port: port), first: bytes))
            } catch {
                phase = .over
            }
        }
    }

    /// The volume that the command of an exec's target asks for; nil for any other target.
    static func volume(of target: Substring) -> RelayVolume? {
        let parts = target.split(separator: "?", maxSplits: 1)
        guard parts.count == 2, parts[0].hasSuffix("/exec") else { return nil }
        let words = parts[1].split(separator: "&").filter { $0.hasPrefix("command=") }
        return RelayVolume(words: words.map { String($0.dropFirst("command=".count)) })
    }

    private func moved(_ step: RelayTLS.Step) -> Int? {
        switch step {
        case .done(let count): return count
        case .blocked(let mask): needs = mask
        case .ended: phase = .over
        }
        return nil
    }
}

/// A connection with TLS joined to one without, byte by byte.
final class RelaySplice {
    private let plain: Int32
    private var up: ArraySlice<UInt8>
    private var down: ArraySlice<UInt8> = []
    private var needs: UInt32 = 0
    private(set) var isOver = false

    /// - Parameters:
    ///   - plain: the socket without TLS, which is closed with the splice.
    ///   - bytes: what has come already.
    init(_ plain: Int32, first bytes: [UInt8]) {
        self.plain = plain
        up = bytes[...]
    }

    deinit {
        close(plain)
    }

    func interests(_ tls: RelayTLS) -> [(descriptor: Int32, mask: UInt32)] {
        let plainNeeds = (down.isEmpty ? EPOLLIN.rawValue : 0) | (up.isEmpty ? 0 : EPOLLOUT.rawValue)
        return [(tls.descriptor, needs), (plain, plainNeeds)]
    }

    /// - Returns: whether anything was moved.
    func step(_ tls: RelayTLS, _ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        needs = 0
        let hasGoneUp = moveUp(tls, buffer)
        let hasComeDown = moveDown(tls, buffer)
        return hasGoneUp || hasComeDown
    }

    private func moveUp(_ tls: RelayTLS, _ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard up.isEmpty else {
            let count = up.withUnsafeBytes { send(plain, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count >= 0 else { return blocked() }
            up = up.dropFirst(count)
            return true
        }
        switch tls.read(into: buffer) {
        case .done(let count): up = Array(buffer[..<count])[...]
        case .blocked(let mask):
            needs |= mask
            return false
        case .ended:
            isOver = true
            return false
        }
        return true
    }

    private func moveDown(_ tls: RelayTLS, _ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard down.isEmpty else {
            switch down.withUnsafeBytes({ tls.write($0) }) {
            case .done(let count): down = down.dropFirst(count)
            case .blocked(let mask):
                needs |= mask
                return false
            case .ended:
                isOver = true
                return false
            }
            return true
        }
        let count = recv(plain, buffer.baseAddress, buffer.count, 0)
        guard count >= 0 else { return blocked() }
        if count == 0 { isOver = true }
        down = Array(buffer[..<count])[...]
        return count > 0
    }

    /// After a call of the system on the socket without TLS that moved nothing.
    private func blocked() -> Bool {
        if errno != EAGAIN, errno != EINTR { isOver = true }
        return false
    }
}

/// Takes connections for as long as the process lives.
final class RelayListener: RelayParticipant {
    private let descriptor: Int32
    private let context: RelayTLSContext
    private let port: UInt16
    private unowned let engine: RelayEngine
    /// Why no more can be taken.
    private(set) var failure: BenchmarkError?

    /// - Parameter port: of the server that is asked whatever is no exec.
    init(_ descriptor: Int32, _ context: RelayTLSContext, others port: UInt16, _ engine: RelayEngine) {
        self.descriptor = descriptor
        self.context = context
        self.port = port
        self.engine = engine
    }

    deinit {
        close(descriptor)
    }

    var interests: [(descriptor: Int32, mask: UInt32)] { [(descriptor, EPOLLIN.rawValue)] }
    var isOver: Bool { failure != nil }

    func proceed() -> Bool {
        do throws(BenchmarkError) {
            while let accepted = RelaySocket.accept(descriptor) {
                engine.wake(RelayServerConnection(try context.connection(over: accepted), others: port, engine))
            }
        } catch {
            failure = error
        }
        return false
    }
}
