package import KubeClient
package import Transport

/// What the kubelet endpoints of a process have in common.
package struct KubeletHost: Sendable {
    /// The address to listen on.
    package var listenAddress: String
    package var certificate: ServingCertificate
    /// Where certificates that were asked for are kept; nil to ask anew at each start.
    package var certificateDirectory: String?
    package var limits: HTTPServerLimits
    package let loop: ConnectionLoop
    package let dialer: TunnelDialer
    package let authenticator: KubeletAuthenticator
    package let authorizer: KubeletAuthorizer
    package let authorities: ClientAuthorities
    /// Asks the origin for certificates.
    package let origin: APIClient
    /// For commands that are run to their ends (`/run`): each may hold 16 MiB of output.
    let commands = Slots(KubeletHost.commandLimit)

    /// Commands that are run to their ends at the same time.
    static let commandLimit = 8

    package init(
        listenAddress: String,
        certificate: ServingCertificate,
        certificateDirectory: String? = nil,
        limits: HTTPServerLimits = HTTPServerLimits(),
        loop: ConnectionLoop,
        dialer: TunnelDialer,
        authenticator: KubeletAuthenticator,
        authorizer: KubeletAuthorizer,
        authorities: ClientAuthorities,
        origin: APIClient
    ) {
        self.listenAddress = listenAddress
        self.certificate = certificate
        self.certificateDirectory = certificateDirectory
        self.limits = limits
        self.loop = loop
        self.dialer = dialer
        self.authenticator = authenticator
        self.authorizer = authorizer
        self.authorities = authorities
        self.origin = origin
    }
}
