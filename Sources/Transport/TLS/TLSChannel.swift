import CTransport
import Glibc

/// A connection with TLS.
final class TLSChannel: ByteChannel {
    let socket: Socket
    let raw: OpaquePointer
    /// After a fatal error OpenSSL must not be asked for more than the end of the connection.
    private var isBroken = false
    /// The socket takes nothing more. What came before may still be read: to OpenSSL that is another direction.
    private var isDeaf = false

    init(socket: Socket, context: TLSContext) throws(TransportError) {
        ERR_clear_error()
        guard let raw = SSL_new(context.raw) else { throw TransportError(tls: "make a connection") }
        self.socket = socket
        self.raw = raw
        guard SSL_set_fd(raw, socket.descriptor) == 1 else { throw TransportError(tls: "use a socket") }
    }

    deinit {
        SSL_free(raw)
    }

    var peerCertificate: PeerCertificate? {
        guard let certificate = SSL_get1_peer_certificate(raw) else { return nil }
        defer { X509_free(certificate) }
        guard SSL_get_verify_result(raw) == X509_V_OK else { return nil }
        return PeerCertificate(certificate: certificate)
    }

    func handshake() -> ChannelStep {
        step { SSL_do_handshake(raw) }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> ChannelStep {
        let step = step { SSL_read(raw, buffer.baseAddress, Int32(clamping: buffer.count)) }
        // OpenSSL gives buffers back when they have been used (SSL_MODE_RELEASE_BUFFERS). But a server's session ticket makes
        // it get one of 16 KiB to write from, which a client that only listens keeps for as long as it does.
        if case .wantsRead = step { mt_connection_free_buffers(raw) }
        return step
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> ChannelStep {
        guard !isDeaf else { return .failed(TransportError(.interrupted, "the peer takes nothing more")) }
        return step(isWrite: true) { SSL_write(raw, bytes.baseAddress, Int32(clamping: bytes.count)) }
    }

    func endWrites() {
        if !isBroken, !isDeaf {
            ERR_clear_error()
            // What the socket does not take of the farewell is lost, and the end of the connection says the same.
            SSL_shutdown(raw)
            ERR_clear_error()
        }
        socket.endWrites()
    }

    /// One call of OpenSSL with the reading of its error queue, which belongs to the thread.
    private func step(isWrite: Bool = false, _ call: () -> Int32) -> ChannelStep {
        guard !isBroken else { return .failed(TransportError(.interrupted, "the connection is broken")) }
        ERR_clear_error()
        let result = call()
        let cause = errno
        guard result <= 0 else { return .done(Int(result)) }
        switch SSL_get_error(raw, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN: return .ended
        case let kind:
            if isWrite, kind == SSL_ERROR_SYSCALL { isDeaf = true } else { isBroken = true }
            return .failed(Self.error(kind, cause))
        }
    }

    private static func error(_ kind: Int32, _ cause: Int32) -> TransportError {
        let code = ERR_peek_last_error()
        if mt_is_end_of_file(code) {
            ERR_clear_error()
            return TransportError(.interrupted, "the connection ended without a farewell")
        }
        if kind == SSL_ERROR_SYSCALL, code == 0 {
            return TransportError(.interrupted, cause == 0 ? "the connection ended" : String(cString: strerror(cause)))
        }
        return TransportError(tls: "go on with TLS")
    }
}
