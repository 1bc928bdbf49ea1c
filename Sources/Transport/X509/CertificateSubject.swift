/// Who or what a certificate is for. Kubernetes takes the common name of a client for its user and the organizations for
/// its groups.
package struct CertificateSubject: Sendable, Hashable {
    package var commonName: String
    package var organizations: [String]
    package var dnsNames: [String]
    /// IPv4 and IPv6, as text.
    package var ipAddresses: [String]

    package init(
        commonName: String,
        organizations: [String] = [],
        dnsNames: [String] = [],
        ipAddresses: [String] = []
    ) {
        self.commonName = commonName
        self.organizations = organizations
        self.dnsNames = dnsNames
        self.ipAddresses = ipAddresses
    }
}
