import Transport

/// The serving certificate of martlet's kubelet endpoints, from the authority that the origin's API server believes.
package struct KubeletCertificate: Sendable {
    /// PEM files.
    package let certificate: String
    package let key: String

    /// Issues one for an address and writes it into an existing directory.
    ///
    /// - Throws: `X509Error`, `TestbedError` `.file`.
    package init(address: String, authority: ClusterAuthority, directory: String) throws {
        let issued = try authority.issueServer(
            commonName: "system:node:martlet",
            organizations: ["system:nodes"],
            names: [address]
        )
        certificate = "\(directory)/kubelet.crt"
        key = "\(directory)/kubelet.key"
        try TextFile.write(issued.certificatePEM, to: certificate)
        try TextFile.write(issued.keyPEM, to: key)
    }
}
