import Transport

extension ControlPlane {
    /// Opens the way by which real nodes reach the API server: it is at an address of the machine that they can see,
    /// and can be delayed, stalled and cut like any other.
    ///
    /// - Parameter address: from `RunNetwork.addAddress()`; the API server's certificate must hold it
    ///   (`ControlPlaneSettings.serverNames`).
    /// - Throws: `TestbedError` `.network`.
    package func openWayForNodes(at address: String) throws(TestbedError) -> Relay {
        try Relay.start(at: Endpoint(host: address, port: endpoint.port), to: endpoint)
    }

    /// Makes a real node of this cluster, with certificates that last as long as the testbed. Nothing runs yet.
    ///
    /// - Parameters:
    ///   - way: from `openWayForNodes(at:)`.
    ///   - labels: what the node says of itself when it registers. NodeRestriction refuses most labels of
    ///     `kubernetes.io`, but not region and zone.
    package func makeRealNode(
        _ name: String,
        on host: RealNodeHost,
        way: Relay,
        labels: [String: String] = [:]
    ) throws -> RealNode {
        let place = try host.nextPlace()
        let user = "system:node:\(name)"
        let client = try authority.issueClient(user: user, groups: ["system:nodes"])
        let serving = try authority.issueServer(
            commonName: user,
            organizations: ["system:nodes"],
            names: [place.address, name]
        )
        return try RealNode(
            host: host,
            name: name,
            place: place,
            server: "https://\(way.endpoint)",
            credentials: RealNodeCredentials(
                authority: authority.certificatePEM,
                clientCertificate: client.certificatePEM,
                clientKey: client.keyPEM,
                servingCertificate: serving.certificatePEM,
                servingKey: serving.keyPEM
            ),
            labels: labels
        )
    }

    /// Waits until the cluster says that a node is ready to run pods.
    ///
    /// - Throws: `TestbedError` `.ended` if the node's kubelet has ended, `.deadline`, both with the end of its log;
    ///   `CancellationError`.
    package func waitUntilReady(_ node: RealNode, bound: Duration = .seconds(180)) async throws {
        let answer = try await Patience(bound: bound).value { () -> Bool? in
            if let status = await node.kubelet?.exitStatus {
                throw TestbedError(.ended, "the kubelet of \(node.name) ended with \(status):\n\(node.lastWords)")
            }
            return await admin.readyNodes().contains(node.name) ? true : nil
        }
        guard answer != nil else {
            throw TestbedError(.deadline, "the node \(node.name) was not ready within \(bound):\n\(node.lastWords)")
        }
    }
}
