import CTransport

/// The certificates of a PEM text, in its order.
final class CertificateList {
    private var certificates: [OpaquePointer] = []

    /// - Throws: `X509Error` if there is none, or one cannot be read.
    init(pem: [UInt8]) throws(X509Error) {
        let bio = try MemoryBIO(reading: pem)
        while let certificate = PEM_read_bio_X509(bio.raw, nil, nil, nil) { certificates.append(certificate) }
        let isWhole = mt_is_end_of_pem(ERR_peek_last_error())
        ERR_clear_error()
        guard !certificates.isEmpty, isWhole else {
            throw X509Error("cannot read certificates: this is no PEM of them")
        }
    }

    /// Lends each certificate to `body`, with its place in the text; they live no longer than the list.
    func forEach(_ body: (Int, OpaquePointer) throws(X509Error) -> Void) throws(X509Error) {
        for (index, certificate) in certificates.enumerated() { try body(index, certificate) }
        withExtendedLifetime(self) {}
    }

    deinit {
        for certificate in certificates { X509_free(certificate) }
    }
}

extension PeerCertificate {
    /// The subject of a certificate; nil for one without a common name, which names nobody, or without an end.
    init?(certificate: OpaquePointer) {
        let validity: CertificateValidity
        do throws(X509Error) {
            validity = try CertificateValidity(of: certificate)
        } catch {
            return nil
        }
        guard let name = X509_get_subject_name(certificate) else { return nil }
        guard let commonName = Self.texts(NID_commonName, in: name).last else { return nil }
        self.init(
            commonName: commonName,
            organizations: Self.texts(NID_organizationName, in: name),
            notAfter: validity.notAfter
        )
    }

    private static func texts(_ kind: Int32, in name: OpaquePointer) -> [String] {
        var texts: [String] = []
        var index = X509_NAME_get_index_by_NID(name, kind, -1)
        while index >= 0 {
            if let text = text(of: X509_NAME_get_entry(name, index)) { texts.append(text) }
            index = X509_NAME_get_index_by_NID(name, kind, index)
        }
        return texts
    }

    private static func text(of entry: OpaquePointer?) -> String? {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(entry))
        guard count > 0, let start = bytes else { return nil }
        defer { CRYPTO_free(start, #file, #line) }
        return String(decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
    }
}
