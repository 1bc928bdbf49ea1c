import CTransport

/// A certificate in the making, or one that was read to sign with. X.509 version 3.
final class Certificate {
    private let raw: OpaquePointer

    /// Reads the first certificate of a PEM text.
    init(pem: [UInt8]) throws(X509Error) {
        let bio = try MemoryBIO(reading: pem)
        guard let raw = PEM_read_bio_X509(bio.raw, nil, nil, nil) else {
            throw X509Error(failed: "read a certificate")
        }
        self.raw = raw
    }

    /// A certificate without issuer, extensions and signature.
    init(for subject: CertificateSubject, key: PrivateKey, validity: CertificateValidity) throws(X509Error) {
        ERR_clear_error()
        guard let raw = X509_new() else { throw X509Error(failed: "allocate a certificate") }
        self.raw = raw
        // Versions are counted from 0.
        try check(X509_set_version(raw, 2), "set the version")
        try setSerialNumber()
        try check(ASN1_TIME_set(X509_getm_notBefore(raw), Int(validity.notBefore)) != nil, "set the validity")
        try check(ASN1_TIME_set(X509_getm_notAfter(raw), Int(validity.notAfter)) != nil, "set the validity")
        for organization in subject.organizations { try addToSubject(NID_organizationName, organization) }
        try addToSubject(NID_commonName, subject.commonName)
        let status = try key.withKey { key throws(X509Error) in X509_set_pubkey(raw, key) }
        try check(status, "set the public key")
    }

    deinit {
        X509_free(raw)
    }

    func belongs(to key: PrivateKey) throws(X509Error) -> Bool {
        let status = try key.withKey { key throws(X509Error) in X509_check_private_key(raw, key) }
        ERR_clear_error()
        return status == 1
    }

    func pem() throws(X509Error) -> [UInt8] {
        let bio = try MemoryBIO()
        try check(PEM_write_bio_X509(bio.raw, raw), "write a certificate")
        return bio.bytes
    }

    func setIssuer(_ issuer: Certificate) throws(X509Error) {
        try check(X509_set_issuer_name(raw, X509_get_subject_name(issuer.raw)), "set the issuer")
    }

    /// Adds an extension.
    ///
    /// - Parameter value: in OpenSSL's configuration syntax; never text from outside.
    func add(_ extensionID: Int32, _ value: String, issuer: Certificate) throws(X509Error) {
        try check(mt_certificate_add_extension(raw, issuer.raw, extensionID, value), "add the extension \(value)")
    }

    func sign(with key: PrivateKey) throws(X509Error) {
        let size = try key.withKey { key throws(X509Error) in X509_sign(raw, key, EVP_sha256()) }
        try check(size > 0, "sign a certificate")
    }

    /// 159 random bits: positive, at most 20 bytes, never seen before (RFC 5280, section 4.1.2.2).
    private func setSerialNumber() throws(X509Error) {
        let number = BN_new()
        defer { BN_free(number) }
        try check(BN_rand(number, 159, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), "draw a serial number")
        try check(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(raw)) != nil, "set the serial number")
    }

    private func addToSubject(_ kind: Int32, _ text: String) throws(X509Error) {
        let bytes = Array(text.utf8)
        let name = X509_get_subject_name(raw)
        let status = X509_NAME_add_entry_by_NID(name, kind, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0)
        try check(status, "set the subject")
    }

    private func check(_ status: Int32, _ step: String) throws(X509Error) {
        try check(status == 1, step)
    }

    private func check(_ isDone: Bool, _ step: String) throws(X509Error) {
        guard isDone else { throw X509Error(failed: step) }
    }
}

// MARK: - Alternative names

extension CertificateSubject {
    /// Whether a certificate is of a key, and for all addresses of this subject.
    ///
    /// - Throws: `X509Error` for what is no certificate or no key.
    package func isThat(ofPEM certificatePEM: [UInt8], keyPEM: [UInt8]) throws(X509Error) -> Bool {
        let certificate = try Certificate(pem: certificatePEM)
        return try certificate.belongs(to: PrivateKey(pem: keyPEM)) && ipAddresses.allSatisfy(certificate.isFor)
    }
}

extension Certificate {
    fileprivate func isFor(_ address: String) -> Bool { X509_check_ip_asc(raw, address, 0) == 1 }

    /// Adds the DNS names and addresses of a subject, if it has any.
    func addNames(of subject: CertificateSubject) throws(X509Error) {
        guard !subject.dnsNames.isEmpty || !subject.ipAddresses.isEmpty else { return }
        let names = try AlternativeNames(of: subject)
        let flags = UInt(X509V3_ADD_DEFAULT)
        let status = X509_add1_ext_i2d(raw, NID_subject_alt_name, UnsafeMutableRawPointer(names.raw), 0, flags)
        try check(status, "add alternative names")
    }
}
