import KubeClient
package import Transport

/// Lets an `APIClient` into a cluster of the testbed as its administrator.
package struct AdministratorAccess: ClusterEndpoint {
    package let server: String
    private let tls: TLSOptions

    init(server: String, tls: TLSOptions) {
        self.server = server
        self.tls = tls
    }

    package func connection() async throws -> ConnectionOptions { ConnectionOptions(tls: tls) }

    /// None: the client certificate says who it is.
    package func headers() async throws -> [(name: String, value: String)] { [] }

    package func invalidateCredentials() async {}
}

extension ControlPlane {
    /// The way in as the administrator, to the API server itself or through a relay.
    package func access(via: Endpoint? = nil) -> AdministratorAccess {
        AdministratorAccess(server: "https://\(via ?? endpoint)", tls: admin.tls)
    }
}
