/// Whose identity the containers of a delegate have towards an API server: `clusters[].serviceAccounts`.
package enum ServiceAccountPolicy: Sendable {
    /// None: no token goes along, and none of the remote is given away.
    case none
    /// That of the remote's own ServiceAccount of the same name.
    case remote
    /// That of the pod's ServiceAccount in the origin, whose API server is where this says.
    case origin(OriginServer)

    /// Whether delegates have tokens of the origin, which are kept in Secrets of the remote.
    package var suppliesTokens: Bool {
        if case .origin = self { true } else { false }
    }
}

/// The origin's API server as containers in a remote reach it.
package struct OriginServer: Sendable {
    /// A name or an address, an IPv6 one without brackets: what in-cluster clients take from `KUBERNETES_SERVICE_HOST`.
    package let host: String
    package let port: Int
    /// The PEM bundle that martlet itself trusts for the origin; nil where it trusts the system's.
    package let authority: @Sendable () async throws -> [UInt8]?

    package init(host: String, port: Int, authority: @escaping @Sendable () async throws -> [UInt8]? = { nil }) {
        self.host = host
        self.port = port
        self.authority = authority
    }
}

/// What becomes of the ServiceAccount of one pod in a remote.
package enum AccountDelivery: Sendable {
    /// Its volumes of tokens are left out.
    case none
    /// The delegate has the remote's ServiceAccount of this name, and the remote's admission adds what it adds.
    case remote(account: String)
    /// Tokens of the origin come from this Secret in the remote.
    case origin(secret: String, server: OriginServer)
}
