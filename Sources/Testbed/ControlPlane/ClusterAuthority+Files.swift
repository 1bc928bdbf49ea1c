import Transport

extension ClusterAuthority {
    /// Writes the certificates and keys that the programs of a control plane read.
    func writeFiles(_ layout: ControlPlaneLayout, _ settings: ControlPlaneSettings) throws {
        try TextFile.makeDirectory("\(layout.directory)/pki")
        try TextFile.write(certificatePEM, to: layout.pki("ca.crt"))
        try TextFile.write(try keyPEM(), to: layout.pki("ca.key"))
        try TextFile.write(certificatePEM, to: layout.pki("client-ca.crt"))
        try writeServer(layout, settings)
        try writeFrontProxy(layout)
        // Signs the tokens of service accounts; the API server reads the public half from the certificate.
        try write(try issueServer(commonName: "service-accounts", names: []), "sa", layout)
    }

    /// Writes what an API server shows to its clients, and to kubelets.
    func writeServer(_ layout: ControlPlaneLayout, _ settings: ControlPlaneSettings) throws {
        try write(
            try issueServer(commonName: "kube-apiserver", names: serverNames(layout, settings)),
            "apiserver",
            layout
        )
        try write(
            try issueClient(user: "kube-apiserver-kubelet-client", groups: ["system:masters"]),
            "apiserver-kubelet-client",
            layout
        )
    }

    /// Writes the kubeconfigs of the administrator and of the control plane's own programs.
    ///
    /// - Parameter authorities: by which they know the API server.
    /// - Returns: the administrator's certificate.
    func writeKubeconfigs(
        _ layout: ControlPlaneLayout,
        cluster: String,
        believing authorities: [UInt8]
    ) throws -> IssuedCertificate {
        let administrator = try issueClient(user: "kubernetes-admin", groups: ["system:masters"])
        let users = [
            "admin": administrator,
            Component.controllerManager.binary: try issueClient(user: "system:kube-controller-manager"),
            Component.scheduler.binary: try issueClient(user: "system:kube-scheduler"),
        ]
        for (name, identity) in users {
            let kubeconfig = Kubeconfig(
                name: cluster,
                server: "https://\(layout.endpoint(.apiserver))",
                authorityPEM: authorities,
                credential: .certificate(identity.certificatePEM, key: identity.keyPEM)
            )
            try TextFile.write(kubeconfig.text, to: layout.kubeconfig(name))
        }
        return administrator
    }

    /// The authority of the front proxy is another one: who it vouches for may be anybody.
    private func writeFrontProxy(_ layout: ControlPlaneLayout) throws {
        let authority = try ClusterAuthority(cluster: "front-proxy")
        try TextFile.write(authority.certificatePEM, to: layout.pki("front-proxy-ca.crt"))
        try write(try authority.issueClient(user: "front-proxy-client"), "front-proxy-client", layout)
    }

    private func write(_ identity: IssuedCertificate, _ name: String, _ layout: ControlPlaneLayout) throws {
        try TextFile.write(identity.certificatePEM, to: layout.pki("\(name).crt"))
        try TextFile.write(identity.keyPEM, to: layout.pki("\(name).key"))
    }

    /// What pods and people call an API server, and the addresses at which it is reached.
    private func serverNames(_ layout: ControlPlaneLayout, _ settings: ControlPlaneSettings) -> [String] {
        let service = "kubernetes.default.svc.cluster.local".split(separator: ".")
        let names = [1, 2, 3, 5].map { service.prefix($0).joined(separator: ".") }
        return names + ["localhost", "127.0.0.1", layout.host] + settings.serverNames
    }
}
