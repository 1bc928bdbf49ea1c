import KubeClient
import Lifecycle
import Observability
import Transport
import VirtualNode

/// The kubelet endpoints of a cluster's hollow nodes: of the nodes' own code, at one address, a port each.
package struct HollowKubelets: Sendable {
    let address: String
    let certificate: KubeletCertificate
    /// Who vouches for clients: a PEM file.
    let authority: String

    /// What the endpoints share. Its authorities are to be run.
    ///
    /// - Parameter client: asks the cluster who may what.
    func host(_ client: APIClient, loop: ConnectionLoop, logger: Logger) -> KubeletHost {
        KubeletHost(
            listenAddress: address,
            certificate: .files(certificate: certificate.certificate, key: certificate.key),
            loop: loop,
            dialer: TunnelDialer(),
            authenticator: KubeletAuthenticator(origin: client),
            authorizer: KubeletAuthorizer(origin: client),
            authorities: ClientAuthorities(.file(authority), origin: client, logger: logger),
            origin: client
        )
    }
}
