import KubeModel

/// One token that a pod asks for: what a projection says of it (core/v1 ServiceAccountTokenProjection).
struct TokenNeed: Sendable, Hashable {
    /// nil for the API server's own.
    var audience: String?
    /// nil for the API server's default.
    var expirationSeconds: Int64?

    /// What the ServiceAccount admission controller of Kubernetes 1.21 and later asks for. A server that knows the number
    /// makes such tokens hold out for clients that do not read the file again.
    static let standard = TokenNeed(expirationSeconds: 3607)
}

/// The tokens of one delegate: what its pod asks for, and the Secret for them.
///
/// Only the Secret's name is read back from a delegate. Account and tokens always follow from the pod: whoever can write
/// in a remote would get tokens of his choice otherwise.
struct TokenOrder: Sendable, Hashable {
    /// The Secret of the remote that holds them, in the delegate's namespace.
    let secret: String
    /// The ServiceAccount in the origin, in the pod's namespace.
    let account: String
    let needs: [TokenNeed]

    /// The key of a token in the Secret.
    static func key(_ index: Int) -> String { index == 0 ? "token" : "token-\(index)" }

    /// The Secret's keys beside the tokens.
    static let authorityKey = "ca.crt"
    static let namespaceKey = "namespace"

    init(secret: String, account: String, needs: [TokenNeed]) {
        self.secret = secret
        self.account = account
        self.needs = needs
    }

    /// What a pod asks for; nil where that is nothing.
    ///
    /// - Parameter server: where the delegate finds the origin.
    init?(spec: JSON, secret: String, server: OriginServer) {
        var result = spec
        for field in DelegatePod.droppedSpecFields { result[field] = nil }
        result["ephemeralContainers"] = nil
        var translation = AccountTranslation(.origin(secret: secret, server: server))
        translation.apply(to: &result)
        guard let order = translation.order else { return nil }
        self = order
    }

    /// What stands on the delegate.
    var text: String { secret }
}
