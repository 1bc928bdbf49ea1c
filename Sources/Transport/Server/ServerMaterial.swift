/// What a server shows to its clients, and which client certificates it believes, in PEM.
package struct ServerMaterial: Sendable, Equatable {
    /// The server's certificate, those that lead to its authority after it.
    package let certificatePEM: [UInt8]
    /// Its private key, not encrypted.
    package let keyPEM: [UInt8]
    /// Who vouches for clients; nil to believe none.
    package let clientAuthoritiesPEM: [UInt8]?

    package init(certificatePEM: [UInt8], keyPEM: [UInt8], clientAuthoritiesPEM: [UInt8]?) {
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        self.clientAuthoritiesPEM = clientAuthoritiesPEM
    }

    /// - Throws: ``TransportError`` `.tls` for what cannot be read or does not belong together.
    package func context() throws(TransportError) -> TLSServerContext {
        try TLSServerContext(
            certificatePEM: certificatePEM,
            keyPEM: keyPEM,
            clientAuthoritiesPEM: clientAuthoritiesPEM
        )
    }
}

extension HTTPServer {
    /// How often certificates are looked at.
    private static let interval = Duration.seconds(10)

    /// Brings new certificates to the listener, for as long as its task is not cancelled.
    ///
    /// - Parameters:
    ///   - first: what the server was made with.
    ///   - read: the certificates as they are now; cheap when they are the same as before.
    ///   - onChange: told of each change, and of what can't be read. What cannot be used is told once and not shown.
    /// - Throws: `CancellationError`.
    package func follow(
        _ first: ServerMaterial,
        clock: any Clock<Duration>,
        read: () async throws -> ServerMaterial,
        onChange: (Result<Void, any Error>) -> Void
    ) async throws {
        var last = first
        while true {
            try await clock.sleep(for: Self.interval)
            do {
                let next = try await read()
                guard next != last else { continue }
                last = next
                replace(try next.context())
                onChange(.success(()))
            } catch {
                try Task.checkCancellation()
                onChange(.failure(error))
            }
        }
    }
}
