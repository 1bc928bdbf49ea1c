import KubeModel
import Transport

extension ControlPlane {
    /// Writes a kubeconfig for a user of the cluster, who can do what RBAC lets the user and the groups do.
    ///
    /// - Parameter via: where the file leads; nil for the API server itself. A relay's endpoint, for instance.
    /// - Returns: the file's path.
    package func writeKubeconfig(user: String, groups: [String] = [], via: Endpoint? = nil) throws -> String {
        let identity = try authority.issueClient(user: user, groups: groups)
        return try write(.certificate(identity.certificatePEM, key: identity.keyPEM), for: user, via: via)
    }

    /// Writes a kubeconfig for a service account, which is made if it does not exist, with a token that is good for
    /// a day.
    ///
    /// - Throws: `TestbedError` `.answer` if the cluster refuses; `CancellationError`.
    package func writeKubeconfig(
        serviceAccount name: String,
        namespace: String,
        via: Endpoint? = nil
    ) async throws -> String {
        let path = "/api/v1/namespaces/\(namespace)/serviceaccounts"
        let account: JSON = [
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": .string(name)],
        ]
        _ = try await admin.create(account, at: path)
        let request: JSON = [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": ["expirationSeconds": 86400],
        ]
        let answer = try await admin.create(request, at: "\(path)/\(name)/token")
        guard let token = answer?.at("status", "token")?.string else {
            throw TestbedError(.answer, "'\(self.name)' gave no token for the service account \(namespace)/\(name)")
        }
        return try write(.token(token), for: "\(namespace)-\(name)", via: via)
    }

    private func write(_ credential: Kubeconfig.Credential, for user: String, via: Endpoint?) throws -> String {
        let kubeconfig = Kubeconfig(
            name: name,
            server: "https://\(via ?? endpoint)",
            authorityPEM: authority.certificatePEM,
            credential: credential
        )
        let fileName = user.map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "-" }
        let path = layout.kubeconfig(String(fileName) + (via == nil ? "" : "-via-\(via?.port ?? 0)"))
        try TextFile.write(kubeconfig.text, to: path)
        return path
    }
}
