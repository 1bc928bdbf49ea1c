import CTransport
import Glibc
package import Transport

/// A server's side of TLS, over OpenSSL.
package final class TestTLS: @unchecked Sendable {
    // Safe because the context is configured in `init` and only read afterwards; OpenSSL counts references by atomics.
    private let context: OpaquePointer

    /// - Parameter clientCA: who has to have signed the client's certificate; nil to ask for none.
    package init(_ identity: IssuedCertificate, clientCA: [UInt8]? = nil) throws {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw TestServerError() }
        self.context = context
        let certificate = try X509Reader.certificate(identity.certificatePEM)
        let key = try X509Reader.key(identity.keyPEM)
        defer {
            X509_free(certificate)
            EVP_PKEY_free(key)
        }
        guard SSL_CTX_use_certificate(context, certificate) == 1, SSL_CTX_use_PrivateKey(context, key) == 1 else {
            throw TestServerError()
        }
        guard let clientCA else { return }
        let authority = try X509Reader.certificate(clientCA)
        defer { X509_free(authority) }
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    }

    deinit {
        SSL_CTX_free(context)
    }

    /// Shakes hands; closes the socket if that fails.
    package func accept(_ socket: Int32) -> OpaquePointer? {
        let session = SSL_new(context)
        SSL_set_fd(session, socket)
        guard SSL_accept(session) == 1 else {
            SSL_free(session)
            // The alert must be read before the connection is reset.
            shutdown(socket, Int32(SHUT_WR))
            var byte: UInt8 = 0
            while recv(socket, &byte, 1, 0) > 0 {}
            close(socket)
            return nil
        }
        return session
    }
}

/// Reads PEM by OpenSSL itself, not by the code under test. The caller frees.
package enum X509Reader {
    package static func certificate(_ pem: [UInt8]) throws -> OpaquePointer {
        let bio = BIO_new_mem_buf(pem, Int32(pem.count))
        defer { BIO_free(bio) }
        guard let certificate = PEM_read_bio_X509(bio, nil, nil, nil) else { throw TestServerError() }
        return certificate
    }

    package static func key(_ pem: [UInt8]) throws -> OpaquePointer {
        let bio = BIO_new_mem_buf(pem, Int32(pem.count))
        defer { BIO_free(bio) }
        guard let key = PEM_read_bio_PrivateKey(bio, nil, nil, nil) else { throw TestServerError() }
        return key
    }
}
