/// What a certificate may be shown for (extended key usage).
package struct CertificateUsages: OptionSet, Sendable, Hashable {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    package static let serverAuth = CertificateUsages(rawValue: 1)
    package static let clientAuth = CertificateUsages(rawValue: 2)

    /// In OpenSSL's configuration syntax; empty for none.
    var text: String {
        let names = [contains(.serverAuth) ? "serverAuth" : nil, contains(.clientAuth) ? "clientAuth" : nil]
        return names.compactMap(\.self).joined(separator: ",")
    }
}
