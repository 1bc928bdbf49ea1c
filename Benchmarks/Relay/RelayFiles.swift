import Foundation
import Testbed
import Transport

/// The certificates of the relay's benchmark, in files.
struct RelayFiles: Sendable {
    /// What the server's certificate names beside its address.
    static let serverName = "remote.bench"

    /// Who vouches for the server, and for what stands between.
    let authority: String
    /// What these show.
    let certificate: String
    let key: String
    /// Who vouches for martlet's kubelet endpoint.
    let originAuthority: String
    /// Whom the origin's API server shows to kubelets.
    let clientCertificate: String
    let clientKey: String
    /// martlet's way to the server.
    let kubeconfig: String

    init(_ testbed: Testbed, directory: String, serverPort: UInt16) throws {
        let authority = try CertificateAuthority.create(commonName: "remote-ca")
        let server = try authority.issue(
            commonName: "remote",
            dnsNames: [Self.serverName],
            ipAddresses: ["127.0.0.1"],
            usages: [.serverAuth],
            validity: .lasting(.seconds(86_400))
        )
        let origin = testbed.origin.controlPlane.authority
        let client = try origin.issueClient(user: "kube-apiserver-kubelet-client", groups: ["system:masters"])
        let write = { (name: String, bytes: [UInt8]) throws -> String in
            let path = "\(directory)/\(name)"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return path
        }
        self.authority = try write("remote-ca.crt", authority.certificatePEM)
        certificate = try write("remote.crt", server.certificatePEM)
        key = try write("remote.key", server.keyPEM)
        originAuthority = try write("origin-ca.crt", origin.certificatePEM)
        clientCertificate = try write("client.crt", client.certificatePEM)
        clientKey = try write("client.key", client.keyPEM)
        let kubeconfig = Kubeconfig(
            name: "remote",
            server: "https://127.0.0.1:\(serverPort)",
            authorityPEM: authority.certificatePEM,
            credential: .token("of-remote")
        )
        self.kubeconfig = try write("remote.kubeconfig", Array(kubeconfig.text.utf8))
    }
}
