import CTransport
import Synchronization

/// What a client believes and shows; see ``TLSOptions``.
final class TLSClientContext: Sendable {
    private let context: TLSContext
    private let skipsVerification: Bool

    /// - Throws: ``TransportError`` `.tls` for what cannot be read or does not belong together.
    init(_ options: TLSOptions) throws(TransportError) {
        context = try TLSContext(method: TLS_client_method())
        skipsVerification = options.skipVerify
        if let authorities = options.caPEM {
            try context.believe(authoritiesPEM: authorities)
        } else {
            try context.check(SSL_CTX_set_default_verify_paths(context.raw), "use the system's authorities")
        }
        SSL_CTX_set_verify(context.raw, options.skipVerify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nil)
        guard let certificate = options.certificatePEM else { return }
        guard let key = options.keyPEM else { throw TransportError(.tls, "a client certificate without a private key") }
        try context.setIdentity(certificatePEM: certificate, keyPEM: key)
    }

    /// - Parameter name: what the server's certificate must name: a host or an IP address.
    func makeChannel(over socket: Socket, name: String) throws(TransportError) -> TLSChannel {
        let channel = try TLSChannel(socket: socket, context: context)
        let isAddress = IPAddress.bytes(of: name) != nil
        if !isAddress {
            try context.check(mt_connection_set_server_name(channel.raw, name), "ask for \(name)")
        }
        if !skipsVerification {
            let status =
                isAddress
                ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(channel.raw), name) : SSL_set1_host(channel.raw, name)
            try context.check(status, "expect \(name)")
        }
        SSL_set_connect_state(channel.raw)
        return channel
    }
}

/// Contexts that were made already: reading a bundle of authorities takes longer than a handshake, and each copy of it
/// takes more memory than all else of a connection.
final class TLSClientContexts: Sendable {
    /// More than the clusters of one process; the odd one too many only costs time.
    private static let limit = 256

    private let contexts = Mutex<[TLSOptions: TLSClientContext]>([:])

    func context(for options: TLSOptions) throws(TransportError) -> TLSClientContext {
        if let known = contexts.withLock({ $0[options] }) { return known }
        let made = try TLSClientContext(options)
        contexts.withLock { contexts in
            if contexts.count >= Self.limit { contexts = [:] }
            contexts[options] = made
        }
        return made
    }
}
