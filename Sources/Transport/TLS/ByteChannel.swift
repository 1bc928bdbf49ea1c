import CTransport
import Glibc

/// What came of one attempt on a connection that never blocks.
enum ChannelStep {
    /// So many bytes were moved; for a handshake, that it is complete.
    case done(Int)
    /// To be tried again once the socket can be read.
    case wantsRead
    /// To be tried again once the socket can be written.
    case wantsWrite
    /// The peer has said that nothing more comes.
    case ended
    case failed(TransportError)
}

/// A connection of bytes, with TLS or without. Of the loop's thread only.
protocol ByteChannel: AnyObject {
    var socket: Socket { get }

    /// Goes on with the handshake.
    func handshake() -> ChannelStep

    func read(into buffer: UnsafeMutableRawBufferPointer) -> ChannelStep

    /// Writes what the socket takes of `bytes`, which must not be empty.
    func write(_ bytes: UnsafeRawBufferPointer) -> ChannelStep

    /// Tells the peer that nothing more comes; reading goes on. Once.
    func endWrites()

    /// The peer's certificate, if it gave one that is believed. After the handshake.
    var peerCertificate: PeerCertificate? { get }
}

/// Whom a client's certificate names. Kubernetes takes the common name for the user, the organizations for groups.
package struct PeerCertificate: Sendable, Hashable {
    package let commonName: String
    package let organizations: [String]
    /// Until when it is good, in seconds since 1970.
    package let notAfter: Int64

    package init(commonName: String, organizations: [String], notAfter: Int64) {
        self.commonName = commonName
        self.organizations = organizations
        self.notAfter = notAfter
    }
}

/// A connection without TLS.
final class PlainChannel: ByteChannel {
    let socket: Socket

    init(socket: Socket) {
        self.socket = socket
    }

    var peerCertificate: PeerCertificate? { nil }

    func handshake() -> ChannelStep { .done(0) }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> ChannelStep {
        let count = recv(socket.descriptor, buffer.baseAddress, buffer.count, 0)
        guard count != 0 else { return .ended }
        return count > 0 ? .done(count) : step(blockedBy: .wantsRead)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> ChannelStep {
        let count = send(socket.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        return count >= 0 ? .done(count) : step(blockedBy: .wantsWrite)
    }

    func endWrites() { socket.endWrites() }

    private func step(blockedBy blocked: ChannelStep) -> ChannelStep {
        guard errno != EAGAIN, errno != EINTR else { return blocked }
        return .failed(TransportError(.interrupted, String(cString: strerror(errno))))
    }
}
