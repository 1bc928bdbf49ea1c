internal import KubeClient
internal import Observability
internal import Transport
internal import VirtualNode

/// Makes what the kubelet endpoints of all virtual nodes share.
struct KubeletHostFactory {
    let options: OptionValues
    let originAccess: any ClusterEndpoint
    let clients: ClientFactory
    let loop: ConnectionLoop
    let logger: Logger

    /// Nil when the configuration asks for no endpoint: without an address nobody could find it.
    func host() -> KubeletHost? {
        guard options.text(.nodeAddress) != nil else { return nil }
        let logger = logger.labelled("kubelet")
        // Questions about users have a budget of their own, so that no flood of them delays pods or heartbeats.
        let origin = clients.heartbeats(originAccess, cluster: NameSyntax.origin)
        let authorities = options.text(.kubeletClientCA).map { ClientAuthorities.Source.file($0) } ?? .published
        return KubeletHost(
            listenAddress: options.text(.kubeletListenAddress) ?? "0.0.0.0",
            certificate: certificate,
            certificateDirectory: options.text(.kubeletCertificateDirectory),
            limits: HTTPServerLimits(tunnelIdleTime: options.duration(.streamIdleTimeout)),
            loop: loop,
            dialer: TunnelDialer(),
            authenticator: KubeletAuthenticator(origin: origin),
            authorizer: KubeletAuthorizer(origin: origin),
            authorities: ClientAuthorities(authorities, origin: origin, logger: logger),
            origin: origin
        )
    }

    private var certificate: ServingCertificate {
        if let certificate = options.text(.kubeletCertificate), let key = options.text(.kubeletPrivateKey) {
            return .files(certificate: certificate, key: key)
        }
        return options.text(.kubeletCertificateSource) == "self-signed" ? .selfSigned : .requested
    }
}

extension OptionValues {
    /// A certificate without its key, or the other way round.
    var kubeletProblem: ConfigurationProblem? {
        let halves = [
            (name: "kubelet.certificate", value: text(.kubeletCertificate)),
            (name: "kubelet.privateKey", value: text(.kubeletPrivateKey)),
        ]
        guard let missing = halves.first(where: { $0.value == nil }), halves.contains(where: { $0.value != nil }) else {
            return nil
        }
        return ConfigurationProblem(
            file: "options",
            line: nil,
            field: missing.name,
            message: "is missing; certificate and key are given together"
        )
    }
}
