extension ControlPlane {
    /// Ends the API server without warning and starts it again as one of the ``successor``: so it shows itself to its
    /// clients and to kubelets from then on. Clients whom the old authority vouches for are let in as before.
    ///
    /// Nodes of the cluster, and kubeconfigs that were written for others, know the old authority alone.
    ///
    /// - Throws: `X509Error`, `TestbedError`, `CancellationError`.
    package func changeAuthority() async throws {
        let server = try component(.apiserver)
        await server.kill()
        try successor.writeServer(layout, settings)
        try TextFile.write(authority.certificatePEM + successor.certificatePEM, to: layout.pki("client-ca.crt"))
        try await server.start()
        try await waitUntilUsable()
    }
}
