package import Transport

/// The certificate authority of one cluster: everything that proves who it is there is issued here.
package struct ClusterAuthority: Sendable {
    /// How long what is issued is good for: a testbed is not kept for longer.
    private static let validity = CertificateValidity.lasting(.seconds(30 * 86_400))

    private let authority: CertificateAuthority

    /// Makes an authority that is named for its cluster.
    init(cluster: String) throws {
        authority = try CertificateAuthority.create(commonName: "\(cluster)-ca", validity: Self.validity)
    }

    /// The authority's own certificate, by which what it issued is believed.
    package var certificatePEM: [UInt8] { authority.certificatePEM }

    func keyPEM() throws -> [UInt8] { try authority.keyPEM() }

    /// A client certificate: to a cluster it means this user, in these groups.
    package func issueClient(user: String, groups: [String] = []) throws -> IssuedCertificate {
        try issue(user, groups, [], usages: [.clientAuth])
    }

    /// A certificate for whoever serves under these names and IP addresses; good for a kubelet endpoint, which the API
    /// server checks against this authority.
    package func issueServer(
        commonName: String,
        organizations: [String] = [],
        names: [String]
    ) throws -> IssuedCertificate {
        try issue(commonName, organizations, names, usages: [.serverAuth])
    }

    private func issue(
        _ commonName: String,
        _ organizations: [String],
        _ names: [String],
        usages: CertificateUsages
    ) throws -> IssuedCertificate {
        try authority.issue(
            commonName: commonName,
            organizations: organizations,
            dnsNames: names.filter { !Self.isAddress($0) },
            ipAddresses: names.filter(Self.isAddress),
            usages: usages,
            validity: Self.validity
        )
    }

    /// IPv6 addresses have colons, which names never have; IPv4 addresses end in a number, which no top-level domain is.
    private static func isAddress(_ name: String) -> Bool {
        name.contains(":") || name.split(separator: ".").last.map { UInt8($0) != nil } ?? false
    }
}
