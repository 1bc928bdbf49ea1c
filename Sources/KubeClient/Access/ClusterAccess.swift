package import Transport

/// How to reach one cluster: its address, its identity, and credentials that stay fresh. Made by ``KubeConfig``.
///
/// Its descriptions never show secrets.
package struct ClusterAccess: ClusterEndpoint {
    /// The URL of the API server, without a slash at the end; it may have a path.
    package let server: String
    /// The context of the kubeconfig; nil inside a cluster.
    package let contextName: String?
    /// The namespace that is meant when none is given.
    package let namespace: String
    private let tls: TLSFiles
    private let proxyURL: Secret<String>?
    private let credentials: CredentialSource
    private let impersonation: Impersonation

    init(
        server: String,
        contextName: String?,
        namespace: String,
        tls: TLSFiles,
        proxyURL: Secret<String>? = nil,
        credentials: CredentialSource,
        impersonation: Impersonation = Impersonation()
    ) {
        self.server = server
        self.contextName = contextName
        self.namespace = namespace
        self.tls = tls
        self.proxyURL = proxyURL
        self.credentials = credentials
        self.impersonation = impersonation
    }

    /// Whether it leads to the same address, by the same proxy and under the same name, whoever asks.
    package func goesTheWay(of other: ClusterAccess) -> Bool {
        server == other.server && proxyURL == other.proxyURL && tls.serverName == other.tls.serverName
    }

    /// TLS and proxy for the next connection: certificates as they are in their files now, or as a plugin gives them.
    ///
    /// - Throws: ``KubeConfigError``, or `CancellationError`.
    package func connection() async throws -> ConnectionOptions {
        var options = try tls.options()
        if options.certificatePEM == nil, let pair = try await credentials.certificate() {
            options.certificatePEM = pair.certificatePEM.value
            options.keyPEM = pair.keyPEM.value
        }
        return ConnectionOptions(tls: options, proxyURL: proxyURL?.value)
    }

    /// The headers that carry credentials and impersonation.
    ///
    /// - Throws: ``KubeConfigError``, or `CancellationError`.
    package func headers() async throws -> [(name: String, value: String)] {
        let authorization = try await credentials.authorization()
        let own = authorization.map { [(name: "Authorization", value: $0.value)] } ?? []
        return own + impersonation.headers
    }

    /// To be told when the server answers 401: token files are read and plugins run again before the next call.
    package func invalidateCredentials() async {
        credentials.invalidate()
    }
}

extension ClusterAccess: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        contextName.map { "\(server) (context \"\($0)\")" } ?? server
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [("server", server), ("namespace", namespace)]) }
}
