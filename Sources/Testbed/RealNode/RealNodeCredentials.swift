/// What a kubelet needs to trust its cluster and to be trusted by it. All are PEM.
package struct RealNodeCredentials: Sendable {
    /// The cluster's certificate authority: signs the API server's certificate and those of the kubelet's clients.
    package let authority: [UInt8]
    /// For the subject CN `system:node:<name>`, O `system:nodes`: what the node authorizer and NodeRestriction go by.
    package let clientCertificate: [UInt8]
    package let clientKey: [UInt8]
    /// For the node's address, signed by the authority that the API server's `--kubelet-certificate-authority` names.
    package let servingCertificate: [UInt8]
    package let servingKey: [UInt8]

    package init(
        authority: [UInt8],
        clientCertificate: [UInt8],
        clientKey: [UInt8],
        servingCertificate: [UInt8],
        servingKey: [UInt8]
    ) {
        self.authority = authority
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
        self.servingCertificate = servingCertificate
        self.servingKey = servingKey
    }
}
