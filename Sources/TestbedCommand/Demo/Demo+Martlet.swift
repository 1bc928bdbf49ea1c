import Foundation
import Testbed

extension Demo {
    /// Gives martlet the documented rights in all clusters, writes its configuration and starts it.
    ///
    /// - Throws: `TestbedError`; `CancellationError`.
    func startMartlet(_ bed: Testbed) async throws -> DemoFleet {
        let directory = try bed.run.makeDirectory("martlet")
        let configuration = "\(directory)/martlet.yaml"
        let text = try await clustersText(bed) + kubeletText(bed, in: directory)
        try text.write(toFile: configuration, atomically: true, encoding: .utf8)
        let process = MartletProcess(
            binary: martlet,
            arguments: ["--config", configuration],
            log: "\(directory)/martlet.log",
            ledger: bed.run.ledger
        )
        try await process.start()
        return DemoFleet(
            bed: bed,
            martlet: process,
            configuration: configuration,
            narrator: narrator,
            examples: path("examples")
        )
    }

    /// The address of the nodes' kubelet endpoints, with a certificate that the origin trusts.
    private func kubeletText(_ bed: Testbed, in directory: String) async throws -> String {
        let address = try await bed.network.addAddress()
        let authority = bed.origin.controlPlane.authority
        let kubelet = try KubeletCertificate(address: address, authority: authority, directory: directory)
        return """
            node: {address: \(address)}
            kubelet: {listenAddress: \(address), certificate: \(kubelet.certificate), privateKey: \(kubelet.key)}

            """
    }

    /// The clusters, as a user would write them down.
    private func clustersText(_ bed: Testbed) async throws -> String {
        let kubeconfigs = try await withThrowingTaskGroup(of: (String, String).self) { group in
            for cluster in bed.clusters {
                let isOrigin = cluster.name == bed.origin.name
                let rights = path("docs/rbac/\(isOrigin ? "origin" : "remote").yaml")
                group.addTask {
                    let way = cluster.relay?.endpoint
                    return (cluster.name, try await cluster.controlPlane.admitMartlet(rights: rights, via: way))
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var lines = ["origin:", "  kubeconfig: \(kubeconfigs[bed.origin.name] ?? "")", "clusters:"]
        for (name, region) in DemoFleet.regions {
            lines += ["  - name: \(name)", "    kubeconfig: \(kubeconfigs[name] ?? "")", "    region: \(region)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
