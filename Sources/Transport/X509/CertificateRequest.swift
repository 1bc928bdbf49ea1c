import CTransport

/// What an authority is asked to sign (PKCS#10).
package enum CertificateRequest {
    /// A request for a subject, in PEM, that is signed with its key.
    ///
    /// - Throws: `X509Error`, also for an address that is none.
    package static func make(_ subject: CertificateSubject, key: PrivateKey) throws(X509Error) -> [UInt8] {
        ERR_clear_error()
        guard let request = X509_REQ_new() else { throw X509Error(failed: "allocate a certificate request") }
        defer { X509_REQ_free(request) }
        let name = X509_REQ_get_subject_name(request)
        for organization in subject.organizations { try add(organization, NID_organizationName, to: name) }
        try add(subject.commonName, NID_commonName, to: name)
        let names = try AlternativeNames(of: subject)
        try check(mt_request_add_names(request, names.raw) == 1, "ask for alternative names")
        try key.withKey { key throws(X509Error) in
            try check(X509_REQ_set_pubkey(request, key) == 1, "set the public key")
            try check(X509_REQ_sign(request, key, EVP_sha256()) > 0, "sign a certificate request")
        }
        let bio = try MemoryBIO()
        try check(PEM_write_bio_X509_REQ(bio.raw, request) == 1, "write a certificate request")
        return bio.bytes
    }

    private static func add(_ text: String, _ kind: Int32, to name: OpaquePointer?) throws(X509Error) {
        let bytes = Array(text.utf8)
        let status = X509_NAME_add_entry_by_NID(name, kind, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0)
        try check(status == 1, "set the subject")
    }

    private static func check(_ isDone: Bool, _ step: String) throws(X509Error) {
        guard isDone else { throw X509Error(failed: step) }
    }
}

extension CertificateValidity {
    /// When the first certificate of a PEM text is good, in seconds since 1970.
    ///
    /// - Throws: `X509Error`.
    package init(ofPEM pem: [UInt8]) throws(X509Error) {
        var first: CertificateValidity?
        try CertificateList(pem: pem).forEach { index, certificate throws(X509Error) in
            if index == 0 { first = try CertificateValidity(of: certificate) }
        }
        guard let first else { throw X509Error("there is no certificate") }
        self = first
    }

    init(of certificate: OpaquePointer) throws(X509Error) {
        guard let epoch = ASN1_TIME_set(nil, 0) else { throw X509Error(failed: "allocate a time") }
        defer { ASN1_TIME_free(epoch) }
        self.init(
            notBefore: try Self.seconds(from: epoch, to: X509_get0_notBefore(certificate)),
            notAfter: try Self.seconds(from: epoch, to: X509_get0_notAfter(certificate))
        )
    }

    private static func seconds(
        from epoch: UnsafePointer<ASN1_TIME>,
        to time: UnsafePointer<ASN1_TIME>?
    ) throws(X509Error) -> Int64 {
        var (days, seconds): (Int32, Int32) = (0, 0)
        guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { throw X509Error(failed: "read a time") }
        return Int64(days) * 86_400 + Int64(seconds)
    }
}
