import KubeModel

/// The directory of a node in that of its run: what it is told, and where it keeps what it has.
struct RealNodeFiles: Sendable {
    let directory: String

    /// The path, for the machine, of a file that the node sees in `NodePaths.state`.
    func hostPath(of path: String) -> String {
        precondition(path.hasPrefix(NodePaths.state + "/"), "\(path) is not in the node's directory")
        return directory + path.dropFirst(NodePaths.state.count)
    }

    func log(_ program: String) -> String { "\(directory)/\(program).log" }

    /// Writes everything that the node's programs read.
    func write(
        _ node: NodeIdentity,
        host: RealNodeHost,
        server: String,
        credentials: RealNodeCredentials
    ) throws(TestbedError) {
        let kubeconfig = Kubeconfig(
            name: node.name,
            server: server,
            authorityPEM: credentials.authority,
            credential: .certificate(credentials.clientCertificate, key: credentials.clientKey)
        )
        let containerd = ContainerdConfiguration.toml(tools: host.tools, snapshotter: host.snapshotter)
        let network = ContainerdConfiguration.podNetwork(at: node.place)
        try TextFile.makeDirectory(hostPath(of: NodePaths.podNetworks))
        try write([
            NodePaths.authority: text(credentials.authority),
            NodePaths.servingCertificate: text(credentials.servingCertificate),
            NodePaths.servingKey: text(credentials.servingKey),
            NodePaths.kubeconfig: kubeconfig.text,
            NodePaths.kubeletConfiguration: host.kubelet.configuration(for: node, groups: host.groups.version).text,
            NodePaths.containerdConfiguration: containerd,
            NodePaths.resolverConfiguration: "",
            "\(NodePaths.podNetworks)/pods.conflist": network.text,
        ])
    }

    private func write(_ files: [String: String]) throws(TestbedError) {
        for (path, contents) in files {
            try TextFile.write(contents, to: hostPath(of: path))
        }
    }

    private func text(_ pem: [UInt8]) -> String {
        String(decoding: pem, as: UTF8.self)
    }
}
