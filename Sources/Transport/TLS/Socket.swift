import CTransport
import Glibc

/// A TCP socket that never blocks; closed with its life.
final class Socket {
    let descriptor: Int32

    /// Takes over a descriptor that does not block.
    init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// A socket that listens.
    ///
    /// - Throws: ``TransportError`` `.system` when the address is taken or not of this machine.
    static func listening(at address: SocketAddress) throws(TransportError) -> Socket {
        let socket = try Socket(family: address.family)
        socket.set(SOL_SOCKET, SO_REUSEADDR, 1)
        let isListening = address.withPointer { pointer, length in
            bind(socket.descriptor, pointer, length) == 0 && listen(socket.descriptor, 128) == 0
        }
        guard isListening else { throw TransportError(systemCall: "listen on \(address)") }
        return socket
    }

    /// A socket that is connecting; writable once it is connected or has failed.
    static func connecting(to address: SocketAddress) throws(TransportError) -> Socket {
        let socket = try Socket(family: address.family)
        let status = address.withPointer { Glibc.connect(socket.descriptor, $0, $1) }
        guard status == 0 || errno == EINPROGRESS else {
            throw TransportError(.cannotConnect, "\(address): \(String(cString: strerror(errno)))")
        }
        socket.prepareStream()
        return socket
    }

    private convenience init(family: Int32) throws(TransportError) {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(family, kind, 0)
        guard descriptor >= 0 else { throw TransportError(systemCall: "socket") }
        self.init(owning: descriptor)
    }

    /// The next connection that waits.
    func accept() -> (socket: Socket, peer: SocketAddress)? {
        var address = SocketAddress()
        let accepted = address.withMutableStorage { mt_accept(descriptor, $0, $1) }
        guard accepted >= 0 else { return nil }
        let socket = Socket(owning: accepted)
        socket.prepareStream()
        return (socket, address)
    }

    /// Small pieces at once, and a peer that is no more is noticed within a minute although nothing is sent.
    ///
    /// No TCP_USER_TIMEOUT beside it: it also ends connections whose peer is there and does not read, and
    /// who stops a log in his pager for a minute would lose it.
    private func prepareStream() {
        set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30)
        set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 10)
        set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        // Each is an improvement that the connection can do without.
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Why connecting failed; nil if it did not.
    var connectError: String? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        return code == 0 ? nil : String(cString: strerror(code))
    }

    /// The address that it is bound to.
    var localAddress: SocketAddress {
        var address = SocketAddress()
        _ = address.withMutableStorage { storage, length in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, length) }
        }
        return address
    }

    func endWrites() { shutdown(descriptor, Int32(SHUT_WR)) }
}
