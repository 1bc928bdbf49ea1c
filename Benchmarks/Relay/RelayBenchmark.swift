import Foundation
import KubeModel
import Testbed

/// What martlet alone relays: a client as the origin's API server is one, a server as the remote's is one, both as fast as
/// they can, and between them martlet, another relay, or nothing.
///
/// The origin's control plane is real, because martlet's nodes, pods and questions about users are there; it has nothing
/// to do while bytes flow.
struct RelayBenchmark: Sendable {
    let settings: RelaySettings
    let tell: @Sendable (String) -> Void

    /// - Throws: `BenchmarkError` and whatever else keeps a trial from its work. There is no result then.
    func run() async throws -> RelayReport {
        let plan = TestbedPlan(origin: ClusterPlan(name: "origin"))
        return try await withTestbed(plan, progress: tell) { testbed in
            try await measured(testbed)
        }
    }

    private func measured(_ testbed: Testbed) async throws -> RelayReport {
        let directory = try testbed.run.makeDirectory("relay")
        let (serverPort, nginxPort) = (try FreePort.any(), try FreePort.any())
        let files = try RelayFiles(testbed, directory: directory, serverPort: serverPort)
        let server = try await startServer(testbed, files, at: serverPort, directory)
        do {
            let nginx = try await NginxRelay.start(testbed, at: nginxPort, leadingTo: serverPort, files: files)
            do {
                let address = try await testbed.network.addAddress()
                let martlet = try await startMartlet(testbed, files, at: address, directory)
                let bed = RelayBed(
                    settings: settings,
                    testbed: testbed,
                    directory: directory,
                    files: files,
                    address: address,
                    ports: [.nothing: serverPort, .nginx: nginxPort],
                    server: server,
                    nginx: nginx,
                    martlet: martlet
                )
                let report: RelayReport
                do {
                    report = try await results(bed)
                } catch {
                    tell(martlet.logTail())
                    await martlet.kill()
                    throw error
                }
                await martlet.stop()
                await nginx.kill()
                await server.kill()
                return report
            } catch {
                await nginx.kill()
                throw error
            }
        } catch {
            await server.kill()
            throw error
        }
    }

    private func results(_ bed: RelayBed) async throws -> RelayReport {
        try await bed.prepare()
        var report = RelayReport(settings: settings, release: bed.testbed.version)
        for trial in RelayTrial.all(rounds: settings.rounds, streams: settings.streams) {
            let result = try await bed.measure(trial)
            tell("\(trial.description): \(Table.number(result.mebibytesPerSecond, digits: 0)) MiB/s")
            report.results.append(result)
        }
        return report
    }

    private func startServer(
        _ testbed: Testbed,
        _ files: RelayFiles,
        at port: UInt16,
        _ directory: String
    ) async throws -> Subprocess {
        let arguments = [
            "relay-server", "--port", "\(port)", "--certificate", files.certificate, "--key", files.key,
        ]
        return try await Subprocess.start(
            Command(settings.bench, arguments),
            log: "\(directory)/server.log",
            ledger: testbed.run.ledger
        )
    }

    private func startMartlet(
        _ testbed: Testbed,
        _ files: RelayFiles,
        at address: String,
        _ directory: String
    ) async throws -> MartletProcess {
        let authority = testbed.origin.controlPlane.authority
        let kubelet = try KubeletCertificate(address: address, authority: authority, directory: directory)
        let file = "\(directory)/martlet.yaml"
        try """
        origin: {kubeconfig: \(testbed.origin.kubeconfigPath)}
        node: {address: \(address)}
        kubelet: {listenAddress: \(address), certificate: \(kubelet.certificate), privateKey: \(kubelet.key)}
        clusters:
          - {name: remote, kubeconfig: \(files.kubeconfig)}
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let martlet = MartletProcess(
            binary: settings.martlet,
            arguments: ["--config", file],
            log: "\(directory)/martlet.log",
            ledger: testbed.run.ledger
        )
        try await martlet.start()
        return martlet
    }
}
