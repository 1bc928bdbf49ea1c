import KubeModel

/// Makes a delegate's spec speak as the right ServiceAccount. Pure.
struct AccountTranslation {
    /// What the pod's owner should know.
    private(set) var notices: [TranslationNotice] = []
    /// What the delegate's Secret must hold; nil where it has none.
    private(set) var order: TokenOrder?

    private let delivery: AccountDelivery
    private let tokenSecrets: Set<String>

    /// - Parameter tokenSecrets: the names of Secrets that hold a ServiceAccount token of the origin.
    init(_ delivery: AccountDelivery, tokenSecrets: Set<String> = []) {
        self.delivery = delivery
        self.tokenSecrets = tokenSecrets
    }

    mutating func apply(to spec: inout JSON) {
        let account = TokenVolumes.account(of: spec)
        var volumes = TokenVolumes(delivery: delivery, tokenSecrets: tokenSecrets)
        volumes.apply(to: &spec)
        notices = volumes.notices
        spec["serviceAccount"] = nil
        spec["serviceAccountName"] = nil
        switch delivery {
        case .none:
            spec["automountServiceAccountToken"] = false
        case .remote(let account):
            spec["serviceAccountName"] = .string(account)
        case .origin(let secret, let server):
            spec["automountServiceAccountToken"] = false
            guard !volumes.needs.isEmpty else { return }
            order = TokenOrder(secret: secret, account: account, needs: volumes.needs)
            for field in DelegatePod.containerFields {
                guard let containers = spec[field]?.array else { continue }
                spec[field] = .array(containers.map { Self.pointing($0, at: server) })
            }
        }
    }

    /// A kubelet adds the variables of its own cluster's API server, except to containers that have them.
    /// (kubernetes pkg/kubelet, `makeEnvironmentVariables`.) First in the list, so that others may refer to them.
    private static func pointing(_ container: JSON, at server: OriginServer) -> JSON {
        let own = container["env"]?.array ?? []
        let names = Set(own.compactMap { $0["name"]?.string })
        let port = "\(server.port)"
        let variables = [
            ("KUBERNETES_SERVICE_HOST", server.host), ("KUBERNETES_SERVICE_PORT", port),
            ("KUBERNETES_SERVICE_PORT_HTTPS", port),
        ]
        var result = container
        let added = variables.filter { !names.contains($0.0) }
            .map { name, value -> JSON in ["name": .string(name), "value": .string(value)] }
        result["env"] = .array(added + own)
        return result
    }
}
