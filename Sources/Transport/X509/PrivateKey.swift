import CTransport

/// A private key and its public half. Never printed.
package struct PrivateKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// Owns the key. Safe to share because an EVP_PKEY that has been made is only read, and OpenSSL counts references and
    /// fills its caches under locks of its own.
    private final class Owner: @unchecked Sendable {
        let key: OpaquePointer

        init(_ key: OpaquePointer) {
            self.key = key
        }

        deinit {
            EVP_PKEY_free(key)
        }
    }

    private let owner: Owner

    private init(owning key: OpaquePointer) {
        owner = Owner(key)
    }

    /// A new key on the elliptic curve P-256: small, quick, and taken by everything that speaks to Kubernetes.
    package static func generate() throws(X509Error) -> PrivateKey {
        ERR_clear_error()
        guard let key = mt_key_generate_p256() else { throw X509Error(failed: "generate a P-256 key") }
        return PrivateKey(owning: key)
    }

    /// A new RSA key, as the signing of service account tokens by RS256 wants it. Takes about 0.1 s of work at 2048 bits.
    package static func generateRSA(bits: Int = 2048) throws(X509Error) -> PrivateKey {
        ERR_clear_error()
        guard let key = mt_key_generate_rsa(bits) else { throw X509Error(failed: "generate an RSA key") }
        return PrivateKey(owning: key)
    }

    /// Reads an unencrypted key: PKCS#8, or the older forms of RSA and EC keys.
    package init(pem: [UInt8]) throws(X509Error) {
        let bio = try MemoryBIO(reading: pem)
        // An encrypted key fails for want of a password, instead of asking for it on the terminal.
        let refuse: @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = {
            _,
            _,
            _,
            _ in -1
        }
        guard let key = PEM_read_bio_PrivateKey(bio.raw, nil, refuse, nil) else {
            throw X509Error(failed: "read a private key")
        }
        self.init(owning: key)
    }

    /// PKCS#8 in PEM, unencrypted.
    package func pem() throws(X509Error) -> [UInt8] {
        let bio = try MemoryBIO()
        guard PEM_write_bio_PrivateKey(bio.raw, owner.key, nil, nil, 0, nil, nil) == 1 else {
            throw X509Error(failed: "write a private key")
        }
        return bio.bytes
    }

    /// The public half: SubjectPublicKeyInfo in PEM.
    package func publicPEM() throws(X509Error) -> [UInt8] {
        let bio = try MemoryBIO()
        guard PEM_write_bio_PUBKEY(bio.raw, owner.key) == 1 else { throw X509Error(failed: "write a public key") }
        return bio.bytes
    }

    /// Lends the key to a call of OpenSSL.
    func withKey<Value>(_ body: (OpaquePointer) throws(X509Error) -> Value) throws(X509Error) -> Value {
        try body(owner.key)
    }

    package var description: String { "private key" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
