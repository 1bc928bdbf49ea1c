import CTransport
import Glibc

/// OpenSSL's settings of one side of the relay's benchmark. Of the benchmark alone: what carries martlet's streams is
/// measured, and nothing of it measures itself.
final class RelayTLSContext {
    fileprivate let raw: OpaquePointer
    private let isServer: Bool

    /// - Parameters:
    ///   - certificate: a PEM file; nil for a client that shows none.
    ///   - key: that of the certificate.
    ///   - authority: a PEM file, for a client: who vouches for the server.
    init(server: Bool, certificate: String?, key: String?, authority: String?) throws(BenchmarkError) {
        guard let raw = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()) else {
            throw BenchmarkError("OpenSSL makes no context")
        }
        self.raw = raw
        isServer = server
        mt_context_set_modes(raw, Int(SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
        mt_context_forget_sessions(raw)
        try Self.check(mt_context_set_minimum_version(raw, TLS1_2_VERSION), "TLS 1.2")
        // As Kubernetes' own ends agree upon: Go prefers it where the processor helps with AES, OpenSSL the one with 256.
        try Self.check(SSL_CTX_set_ciphersuites(raw, "TLS_AES_128_GCM_SHA256"), "AES-128")
        if let certificate, let key {
            try Self.check(SSL_CTX_use_certificate_chain_file(raw, certificate), certificate)
            try Self.check(SSL_CTX_use_PrivateKey_file(raw, key, X509_FILETYPE_PEM), key)
        }
        if let authority {
            try Self.check(SSL_CTX_load_verify_locations(raw, authority, nil), authority)
            SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
        }
    }

    deinit {
        SSL_CTX_free(raw)
    }

    /// - Parameter address: of the server, for a client: its certificate must name it.
    func connection(over descriptor: Int32, to address: String? = nil) throws(BenchmarkError) -> RelayTLS {
        guard let connection = SSL_new(raw) else { throw BenchmarkError("OpenSSL makes no connection") }
        let tls = RelayTLS(owning: descriptor, connection)
        try Self.check(SSL_set_fd(connection, descriptor), "a socket")
        if isServer {
            SSL_set_accept_state(connection)
        } else {
            SSL_set_connect_state(connection)
        }
        if let address {
            try Self.check(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), address), address)
        }
        return tls
    }

    private static func check(_ status: Int32, _ what: String) throws(BenchmarkError) {
        guard status == 1 else { throw BenchmarkError("OpenSSL can't use \(what)") }
    }
}

/// A connection with TLS that never blocks, with its socket.
final class RelayTLS {
    enum Step {
        /// So many bytes were moved; for a handshake, that it is complete.
        case done(Int)
        /// To be tried again when the socket is ready for this.
        case blocked(UInt32)
        /// Nothing more can be moved this way.
        case ended
    }

    let descriptor: Int32
    private let raw: OpaquePointer

    fileprivate init(owning descriptor: Int32, _ raw: OpaquePointer) {
        self.descriptor = descriptor
        self.raw = raw
    }

    deinit {
        SSL_free(raw)
        close(descriptor)
    }

    func handshake() -> Step { step { SSL_do_handshake(raw) } }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Step {
        step { SSL_read(raw, buffer.baseAddress, Int32(clamping: buffer.count)) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Step {
        step { SSL_write(raw, bytes.baseAddress, Int32(clamping: bytes.count)) }
    }

    private func step(_ call: () -> Int32) -> Step {
        ERR_clear_error()
        let result = call()
        guard result <= 0 else { return .done(Int(result)) }
        switch SSL_get_error(raw, result) {
        case SSL_ERROR_WANT_READ: return .blocked(EPOLLIN.rawValue)
        case SSL_ERROR_WANT_WRITE: return .blocked(EPOLLOUT.rawValue)
        default: return .ended
        }
    }
}
