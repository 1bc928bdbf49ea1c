import CTransport

/// What a server shows to its clients, and which client certificates it believes.
///
/// Clients are asked for a certificate and need not have one: who has none, or one that is not believed, is a client
/// without a name, to be known in another way or refused in HTTP's words.
package final class TLSServerContext: Sendable {
    let context: TLSContext

    /// - Parameters:
    ///   - certificatePEM: the server's certificate, those that lead to its authority after it.
    ///   - keyPEM: its private key, not encrypted.
    ///   - clientAuthoritiesPEM: who vouches for clients; nil to believe none.
    /// - Throws: ``TransportError`` `.tls` for what cannot be read or does not belong together.
    package init(
        certificatePEM: [UInt8],
        keyPEM: [UInt8],
        clientAuthoritiesPEM: [UInt8]? = nil
    ) throws(TransportError) {
        context = try TLSContext(method: TLS_server_method())
        try context.setIdentity(certificatePEM: certificatePEM, keyPEM: keyPEM)
        guard let clientAuthoritiesPEM else { return }
        try context.believe(authoritiesPEM: clientAuthoritiesPEM)
        // The verdict is read after the handshake; a certificate that is not believed is no reason to end it.
        SSL_CTX_set_verify(context.raw, SSL_VERIFY_PEER) { _, _ in 1 }
    }

    func makeChannel(over socket: Socket) throws(TransportError) -> TLSChannel {
        let channel = try TLSChannel(socket: socket, context: context)
        SSL_set_accept_state(channel.raw)
        return channel
    }
}
