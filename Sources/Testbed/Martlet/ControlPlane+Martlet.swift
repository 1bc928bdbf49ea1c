extension ControlPlane {
    /// Lets martlet in as the ServiceAccount "martlet" with the rights of a manifest of `docs/rbac`, and no others.
    ///
    /// - Parameters:
    ///   - rights: the path of the manifest, which makes the account and its namespace, of the same name.
    ///   - via: where the kubeconfig leads; nil for the API server itself.
    /// - Returns: the path of the account's kubeconfig.
    /// - Throws: `TestbedError` `.commandFailed`, `.answer`; `CancellationError`.
    package func admitMartlet(rights: String, via: Endpoint? = nil) async throws -> String {
        try await kubectl(["apply", "--filename", rights]).checked()
        return try await writeKubeconfig(serviceAccount: "martlet", namespace: "martlet", via: via)
    }
}
