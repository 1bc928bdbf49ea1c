import Foundation
import Lifecycle

/// The martlet binary, running for a testbed with the least rights and a configuration of its own.
package final class MartletProcess: Sendable {
    /// What the configuration says of one remote.
    package struct Remote: Sendable {
        package let cluster: TestbedCluster
        package let region: String

        package init(_ cluster: TestbedCluster, region: String) {
            self.cluster = cluster
            self.region = region
        }
    }

    /// The ServiceAccount that martlet is to the clusters, and its namespace; `docs/rbac` makes it and gives it its rights.
    package static let account = "martlet"

    /// The configuration file that it was started with.
    package let configuration: String
    /// Where its log goes.
    package let log: String
    package let process: Subprocess

    private init(configuration: String, log: String, process: Subprocess) {
        self.configuration = configuration
        self.log = log
        self.process = process
    }

    /// Gives martlet its rights in all clusters, writes a configuration and starts it.
    ///
    /// - Parameters:
    ///   - binary: the path of the martlet binary.
    ///   - rights: the folder with `origin.yaml` and `remote.yaml`.
    ///   - arguments: further options.
    /// - Throws: `TestbedError`; `CancellationError`.
    package static func start(
        binary: String,
        rights: String,
        bed: Testbed,
        remotes: [Remote],
        arguments: [String] = []
    ) async throws -> MartletProcess {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bed.origin.kubectl("apply", "-f", "\(rights)/origin.yaml") }
            for remote in remotes {
                group.addTask { try await remote.cluster.kubectl("apply", "-f", "\(rights)/remote.yaml") }
            }
            try await group.waitForAll()
        }
        let directory = try bed.run.makeDirectory("martlet")
        let configuration = "\(directory)/martlet.yaml"
        try TextFile.write(try await text(bed: bed, remotes: remotes), to: configuration)
        let log = "\(directory)/martlet.log"
        let process = try await Subprocess.start(
            Command(binary, ["--config", configuration] + arguments),
            log: log,
            ledger: bed.run.ledger
        )
        return MartletProcess(configuration: configuration, log: log, process: process)
    }

    /// Starts it again with the same configuration, after it ended.
    package func again(bed: Testbed) async throws -> MartletProcess {
        let process = try await Subprocess.start(process.command, log: log, ledger: bed.run.ledger)
        return MartletProcess(configuration: configuration, log: log, process: process)
    }

    private static func text(bed: Testbed, remotes: [Remote]) async throws -> String {
        var lines = [
            "origin:", "  kubeconfig: \(try await kubeconfig(for: bed.origin))", "clusters:",
        ]
        for remote in remotes {
            let kubeconfig = try await kubeconfig(for: remote.cluster)
            lines += [
                "  - name: \(remote.cluster.name)", "    kubeconfig: \(kubeconfig)", "    region: \(remote.region)",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func kubeconfig(for cluster: TestbedCluster) async throws -> String {
        try await cluster.controlPlane.writeKubeconfig(
            serviceAccount: account,
            namespace: account,
            via: cluster.relay?.endpoint
        )
    }
}
