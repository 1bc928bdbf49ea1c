import CTransport
import TestSupport
import Testing
import Transport

/// What was made is looked at by OpenSSL's own eyes.
@Suite struct X509Tests {
    private let authority: CertificateAuthority

    init() throws {
        authority = try .create(commonName: "authority")
    }

    /// Whether `certificate` is good for `purpose` under `authority`: chain, signature, times, usages.
    private func verify(_ certificate: [UInt8], under authority: [UInt8], purpose: Int32) throws -> Bool {
        let (leaf, root) = (try X509Reader.certificate(certificate), try X509Reader.certificate(authority))
        let (store, context) = (X509_STORE_new(), X509_STORE_CTX_new())
        defer {
            X509_free(leaf)
            X509_free(root)
            X509_STORE_free(store)
            X509_STORE_CTX_free(context)
        }
        X509_STORE_add_cert(store, root)
        X509_STORE_CTX_init(context, store, leaf, nil)
        X509_STORE_CTX_set_purpose(context, purpose)
        return X509_verify_cert(context) == 1
    }

    private func text(of certificate: [UInt8]) throws -> String {
        let leaf = try X509Reader.certificate(certificate)
        let bio = BIO_new(BIO_s_mem())
        defer {
            X509_free(leaf)
            BIO_free(bio)
        }
        X509_print(bio, leaf)
        var count = 0
        let bytes = mt_bio_bytes(bio, &count)
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    private func subject(of certificate: OpaquePointer) -> [String] {
        let name = X509_get_subject_name(certificate)
        return (0..<X509_NAME_entry_count(name)).map { index in
            let entry = X509_NAME_get_entry(name, index)
            let kind = OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry))).map { String(cString: $0) } ?? ""
            return "\(kind) \(String(decoding: bytes(of: X509_NAME_ENTRY_get_data(entry)), as: UTF8.self))"
        }
    }

    @Test(arguments: [
        (CertificateUsages.serverAuth, true, false), (.clientAuth, false, true),
        (CertificateUsages.serverAuth.union(.clientAuth), true, true),
    ])
    func `A certificate is good for its usages under its authority`(
        usages: CertificateUsages,
        server: Bool,
        client: Bool
    ) throws {
        let issued = try authority.issue(commonName: "leaf", usages: usages)
        let stranger = try CertificateAuthority.create(commonName: "authority")
        let (leaf, root) = (issued.certificatePEM, authority.certificatePEM)
        #expect(try verify(leaf, under: root, purpose: X509_PURPOSE_SSL_SERVER) == server)
        #expect(try verify(leaf, under: root, purpose: X509_PURPOSE_SSL_CLIENT) == client)
        #expect(try !verify(leaf, under: stranger.certificatePEM, purpose: X509_PURPOSE_ANY))
    }

    @Test func `A certificate names its subject, hosts and addresses`() throws {
        let issued = try authority.issue(
            commonName: "system:node:us-east",
            organizations: ["system:nodes", "martlet,O=x"],
            dnsNames: ["us-east", "*.us-east.example", "a,DNS:b"],
            ipAddresses: ["10.0.0.1", "2001:db8::1"],
            usages: .serverAuth
        )
        let leaf = try X509Reader.certificate(issued.certificatePEM)
        defer { X509_free(leaf) }
        #expect(subject(of: leaf) == ["O system:nodes", "O martlet,O=x", "CN system:node:us-east"])
        for name in ["us-east", "pod.us-east.example"] { #expect(X509_check_host(leaf, name, 0, 0, nil) == 1) }
        #expect(X509_check_host(leaf, "b", 0, 0, nil) == 0)
        for address in ["10.0.0.1", "2001:db8::1"] { #expect(X509_check_ip_asc(leaf, address, 0) == 1) }
        #expect(X509_check_ip_asc(leaf, "10.0.0.2", 0) == 0)
    }

    @Test func `A certificate is good from its first to its last second`() throws {
        let validity = CertificateValidity.lasting(.seconds(3600), from: 1_700_000_000)
        let issued = try authority.issue(commonName: "leaf", usages: .clientAuth, validity: validity)
        let text = try text(of: issued.certificatePEM)
        #expect(text.contains("Not Before: Nov 14 22:08:20 2023 GMT"))
        #expect(text.contains("Not After : Nov 14 23:13:20 2023 GMT"))
    }

    @Test func `No two certificates have the same serial number`() throws {
        let numbers = try (1...20).map { _ in
            let leaf = try X509Reader.certificate(authority.issue(commonName: "leaf", usages: []).certificatePEM)
            defer { X509_free(leaf) }
            return bytes(of: X509_get_serialNumber(leaf))
        }
        #expect(Set(numbers).count == 20)
        #expect(numbers.allSatisfy { $0.count == 20 && $0[0] < 0x80 })
    }

    @Test func `What is no address is refused`() {
        #expect(throws: X509Error.self) {
            try authority.issue(commonName: "leaf", ipAddresses: ["localhost"], usages: .serverAuth)
        }
    }

    @Test func `An authority signs on after it has been stored`() throws {
        let again = try CertificateAuthority(certificatePEM: authority.certificatePEM, keyPEM: authority.keyPEM())
        let issued = try again.issue(commonName: "leaf", usages: .clientAuth)
        let isGood = try verify(
            issued.certificatePEM,
            under: authority.certificatePEM,
            purpose: X509_PURPOSE_SSL_CLIENT
        )
        #expect(isGood)
    }

    @Test func `An authority with another's key is refused`() throws {
        let key = try PrivateKey.generate().pem()
        #expect(throws: X509Error.self) {
            try CertificateAuthority(certificatePEM: authority.certificatePEM, keyPEM: key)
        }
    }

    @Test func `Only an authority's certificate may sign`() throws {
        let text = try text(of: authority.certificatePEM)
        #expect(text.contains("CA:TRUE") && text.contains("Certificate Sign"))
        let leaf = try self.text(of: authority.issue(commonName: "leaf", usages: .serverAuth).certificatePEM)
        #expect(leaf.contains("CA:FALSE") && !leaf.contains("Certificate Sign"))
    }

    @Test func `An RSA key for signing tokens is read back as what it is, both halves`() throws {
        let key = try PrivateKey.generateRSA()
        let (pem, publicPEM) = (try key.pem(), try key.publicPEM())
        #expect(String(decoding: pem, as: UTF8.self).hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        #expect(String(decoding: publicPEM, as: UTF8.self).hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
        let read = try X509Reader.key(pem)
        defer { EVP_PKEY_free(read) }
        #expect(EVP_PKEY_get_bits(read) == 2048)
        #expect(EVP_PKEY_is_a(read, "RSA") == 1)
        #expect(try PrivateKey(pem: pem).publicPEM() == publicPEM)
    }

    @Test(arguments: [
        "", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    ])
    func `What is no key is refused`(pem: String) {
        #expect(throws: X509Error.self) { try PrivateKey(pem: Array(pem.utf8)) }
    }

    @Test func `Keys are never printed`() throws {
        let issued = try authority.issue(commonName: "leaf", usages: .clientAuth)
        var dumped = ""
        dump(issued, to: &dumped)
        dump(authority, to: &dumped)
        #expect(dumped.count < 20_000 && !dumped.contains("keyPEM"))
        #expect("\(issued)" == "certificate with key")
    }
}

/// The bytes of a number of OpenSSL's, the most significant one first.
private func bytes(of number: UnsafeMutablePointer<ASN1_INTEGER>?) -> [UInt8] {
    Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(number), count: Int(ASN1_STRING_length(number))))
}
