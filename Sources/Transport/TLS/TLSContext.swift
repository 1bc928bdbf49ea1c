import CTransport

/// OpenSSL's settings for connections of one kind: TLS 1.2 or newer, no renegotiation, no resumed sessions.
///
/// Not changed once it is made, so any thread may make connections from it; they live on when it is replaced.
final class TLSContext: @unchecked Sendable {
    // Safe because an SSL_CTX that nobody changes may be shared; its count of references is atomic.
    let raw: OpaquePointer

    init(method: OpaquePointer?) throws(TransportError) {
        ERR_clear_error()
        guard let raw = SSL_CTX_new(method) else { throw TransportError(tls: "make a context") }
        self.raw = raw
        try check(mt_context_set_minimum_version(raw, TLS1_2_VERSION), "demand TLS 1.2")
        mt_context_set_modes(
            raw,
            Int(SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS)
        )
        // A resumed session would carry the verdict on a certificate past the life of the authority behind it.
        mt_context_forget_sessions(raw)
    }

    deinit {
        SSL_CTX_free(raw)
    }

    /// Says who this side is.
    ///
    /// - Parameter certificatePEM: the certificate, those that lead to its authority after it.
    func setIdentity(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(TransportError) {
        do throws(X509Error) {
            let list = try CertificateList(pem: certificatePEM)
            let key = try PrivateKey(pem: keyPEM)
            try list.forEach { index, certificate throws(X509Error) in
                guard index > 0 else {
                    return try Self.check(SSL_CTX_use_certificate(raw, certificate), "use the certificate")
                }
                X509_up_ref(certificate)
                try Self.check(mt_context_add_chain(raw, certificate), "use the certificate's chain")
            }
            let status = try key.withKey { key throws(X509Error) in SSL_CTX_use_PrivateKey(raw, key) }
            try Self.check(status, "use the private key, which must be that of the certificate")
        } catch {
            throw TransportError(.tls, error.message)
        }
    }

    /// Believes these authorities.
    func believe(authoritiesPEM: [UInt8]) throws(TransportError) {
        do throws(X509Error) {
            let store = SSL_CTX_get_cert_store(raw)
            try CertificateList(pem: authoritiesPEM).forEach { _, certificate throws(X509Error) in
                try Self.check(X509_STORE_add_cert(store, certificate), "use the authorities' certificates")
            }
        } catch {
            throw TransportError(.tls, error.message)
        }
    }

    func check(_ status: Int32, _ step: String) throws(TransportError) {
        guard status == 1 else { throw TransportError(tls: step) }
    }

    private static func check(_ status: Int32, _ step: String) throws(X509Error) {
        guard status == 1 else { throw X509Error(failed: step) }
    }
}

extension TransportError {
    /// For a call of OpenSSL that has just failed on this thread.
    init(tls step: String) {
        self.init(.tls, X509Error(failed: step).message)
    }
}
