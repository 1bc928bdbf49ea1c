import CTransport

/// What the TLS contexts of equal ``TLSOptions`` have in common: the store of the authorities, and the client's certificate
/// with its key. libcurl makes a context for each connection and reads all of that again.
///
/// Belongs to the contexts that share it, and goes with the last of them.
final class SharedContextParts {
    private static let index = mt_context_new_index { owner in
        guard let owner else { return }
        // Safe because each context was given a reference of its own, and gives it back once.
        Unmanaged<SharedContextParts>.fromOpaque(owner).release()
    }

    private let authorities: OpaquePointer?
    private let certificate: OpaquePointer?
    private let key: OpaquePointer?
    private let chain: OpaquePointer?

    /// Takes the parts of a context that libcurl has set up, which becomes the first to share them.
    ///
    /// - Throws: `TransportError` `.tls` for want of memory.
    init(of context: OpaquePointer) throws(TransportError) {
        ERR_clear_error()
        var chain: OpaquePointer?
        guard mt_context_copy_chain(context, &chain) else { throw TransportError(tls: "share a certificate's chain") }
        self.chain = chain
        authorities = SSL_CTX_get_cert_store(context)
        certificate = SSL_CTX_get0_certificate(context)
        key = SSL_CTX_get0_privatekey(context)
        if let authorities { X509_STORE_up_ref(authorities) }
        if let certificate { X509_up_ref(certificate) }
        if let key { EVP_PKEY_up_ref(key) }
        try stay(with: context)
    }

    deinit {
        X509_STORE_free(authorities)
        X509_free(certificate)
        EVP_PKEY_free(key)
        mt_chain_free(chain)
    }

    /// Takes the place of a context's own parts, which libcurl has made from the same bytes.
    ///
    /// - Throws: `TransportError` `.tls` for want of memory.
    func replaceParts(of context: OpaquePointer) throws(TransportError) {
        ERR_clear_error()
        if let authorities { SSL_CTX_set1_cert_store(context, authorities) }
        if let certificate, let key {
            let status = SSL_CTX_use_cert_and_key(context, certificate, key, chain, 1)
            guard status == 1 else { throw TransportError(tls: "share a client certificate") }
        }
        try stay(with: context)
    }

    private func stay(with context: OpaquePointer) throws(TransportError) {
        let reference = Unmanaged.passRetained(self)
        guard SSL_CTX_set_ex_data(context, Self.index, reference.toOpaque()) == 1 else {
            reference.release()
            throw TransportError(tls: "share the parts of a context")
        }
    }
}
