import Foundation
import KubeClient
import Testbed
import Transport

/// Clusters that martlet serves beside the one that is measured, each with a ``StandInServer``. They carry a taint: no pod
/// goes there.
struct Crowd: Sendable {
    /// Tells one crowd from another in file names.
    let name: String
    let manners: [Manner]
    /// What stands in martlet's configuration for them.
    let clusters: String
    /// The kubelet endpoints of all nodes, as in a real installation.
    let kubelet: String
    private let servers: [(HTTPServer, StandInServer)]

    var nodeNames: [String] { manners.indices.map(Self.nodeName) }

    /// Those that become Ready at once.
    var calmNodeNames: Set<String> {
        Set(manners.indices.filter { manners[$0] == .calm }.map(Self.nodeName))
    }

    /// Starts to listen; ``run()`` answers.
    ///
    /// - Parameter manners: of each cluster.
    init(
        _ name: String,
        _ manners: [Manner],
        on loop: ConnectionLoop,
        in clusters: BenchmarkClusters
    ) throws {
        self.name = name
        self.manners = manners
        let directory = try clusters.testbed.run.makeDirectory("crowd-\(name)")
        let authority = try CertificateAuthority.create(commonName: "crowd")
        let issued = try authority.issue(
            commonName: "stand-in",
            organizations: [],
            dnsNames: [],
            ipAddresses: ["127.0.0.1"],
            usages: [.serverAuth],
            validity: .lasting(.seconds(86_400))
        )
        let context = try TLSServerContext(certificatePEM: issued.certificatePEM, keyPEM: issued.keyPEM)
        var (servers, lines): ([(HTTPServer, StandInServer)], [String]) = ([], [])
        for (index, manner) in manners.enumerated() {
            let node = Self.nodeName(index)
            let server = try HTTPServer(on: loop, host: "127.0.0.1", port: 0, context: context)
            let kubeconfig = Kubeconfig(
                name: node,
                server: "https://127.0.0.1:\(server.port)",
                authorityPEM: authority.certificatePEM,
                credential: .token("of-\(node)")
            )
            let path = "\(directory)/\(node).kubeconfig"
            try kubeconfig.text.write(toFile: path, atomically: true, encoding: .utf8)
            servers.append((server, StandInServer(name: node, manner: manner)))
            let taint = "[{key: bench.example/crowd, value: crowd, effect: NoSchedule}]"
            lines.append("  - {name: \(node), kubeconfig: \(path), taints: \(taint)}")
        }
        self.servers = servers
        self.clusters = lines.joined(separator: "\n")
        kubelet = try Self.kubelet(clusters, directory)
    }

    /// Answers until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for (server, standIn) in servers {
                group.addTask { await server.run { await standIn.answer($0) } }
            }
        }
    }

    private static func nodeName(_ index: Int) -> String { "crowd-\(index)" }

    private static func kubelet(_ clusters: BenchmarkClusters, _ directory: String) throws -> String {
        let address = try clusters.testbed.addresses.nextAddress()
        let authority = clusters.testbed.origin.controlPlane.authority
        let certificate = try KubeletCertificate(address: address, authority: authority, directory: directory)
        let files = "certificate: \(certificate.certificate), privateKey: \(certificate.key)"
        return "node: {address: \(address)}\nkubelet: {listenAddress: \(address), \(files)}"
    }
}
