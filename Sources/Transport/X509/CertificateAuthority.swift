import CTransport

/// A certificate and key that sign others.
package struct CertificateAuthority: Sendable {
    /// What those who are to believe the authority need.
    package let certificatePEM: [UInt8]
    private let key: PrivateKey

    /// An authority that exists already.
    ///
    /// - Throws: `X509Error` if the PEM can't be read or key and certificate are not of each other.
    package init(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(X509Error) {
        let certificate = try Certificate(pem: certificatePEM)
        let key = try PrivateKey(pem: keyPEM)
        guard try certificate.belongs(to: key) else {
            throw X509Error("the authority's certificate is not of its key")
        }
        self.certificatePEM = certificatePEM
        self.key = key
    }

    private init(certificatePEM: [UInt8], key: PrivateKey) {
        self.certificatePEM = certificatePEM
        self.key = key
    }

    /// A new authority that answers for itself, with a P-256 key.
    package static func create(
        commonName: String,
        validity: CertificateValidity = .lasting(.seconds(10 * 365 * 86_400))
    ) throws(X509Error) -> CertificateAuthority {
        let key = try PrivateKey.generate()
        let certificate = try Certificate(for: CertificateSubject(commonName: commonName), key: key, validity: validity)
        try certificate.setIssuer(certificate)
        try certificate.add(NID_basic_constraints, "critical,CA:TRUE", issuer: certificate)
        try certificate.add(NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign", issuer: certificate)
        try certificate.add(NID_subject_key_identifier, "hash", issuer: certificate)
        try certificate.sign(with: key)
        return CertificateAuthority(certificatePEM: try certificate.pem(), key: key)
    }

    /// The authority's key in PEM, for a program that signs in its name (kube-controller-manager).
    package func keyPEM() throws(X509Error) -> [UInt8] {
        try key.pem()
    }

    /// Signs a certificate for a new P-256 key.
    ///
    /// - Throws: `X509Error`, also for an address that is none.
    package func issue(
        _ subject: CertificateSubject,
        usages: CertificateUsages,
        validity: CertificateValidity = .year
    ) throws(X509Error) -> IssuedCertificate {
        let issuer = try Certificate(pem: certificatePEM)
        let leafKey = try PrivateKey.generate()
        let leaf = try Certificate(for: subject, key: leafKey, validity: validity)
        try leaf.setIssuer(issuer)
        try leaf.add(NID_basic_constraints, "critical,CA:FALSE", issuer: issuer)
        try leaf.add(NID_key_usage, "critical,digitalSignature", issuer: issuer)
        if !usages.isEmpty { try leaf.add(NID_ext_key_usage, usages.text, issuer: issuer) }
        try leaf.add(NID_authority_key_identifier, "keyid", issuer: issuer)
        try leaf.addNames(of: subject)
        try leaf.sign(with: key)
        return IssuedCertificate(certificatePEM: try leaf.pem(), keyPEM: try leafKey.pem())
    }

    /// Signs a certificate for a new P-256 key; the parts of the subject one by one.
    package func issue(
        commonName: String,
        organizations: [String] = [],
        dnsNames: [String] = [],
        ipAddresses: [String] = [],
        usages: CertificateUsages,
        validity: CertificateValidity = .year
    ) throws(X509Error) -> IssuedCertificate {
        let subject = CertificateSubject(
            commonName: commonName,
            organizations: organizations,
            dnsNames: dnsNames,
            ipAddresses: ipAddresses
        )
        return try issue(subject, usages: usages, validity: validity)
    }
}
