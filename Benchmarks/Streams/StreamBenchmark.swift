import Foundation
import KubeModel
import Testbed

/// The benchmark of streams: an origin, a remote with a real node, martlet between them, and one pod to reach into.
struct StreamBenchmark: Sendable {
    let settings: StreamSettings

    init(_ settings: StreamSettings) {
        self.settings = settings
    }

    /// - Throws: `BenchmarkError` and whatever else keeps a trial from its work. There is no result then.
    func run() async throws {
        let tell: @Sendable (String) -> Void = { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
        let plan = TestbedPlan(
            origin: ClusterPlan(name: "origin"),
            remotes: [ClusterPlan(name: "remote", nodes: .real)]
        )
        try await withTestbed(plan, progress: tell) { testbed in
            let martlet = try await start(on: testbed)
            let report: StreamReport
            do {
                report = try await measured(StreamBed(settings, testbed, martlet), tell)
            } catch {
                tell(martlet.logTail())
                await martlet.kill()
                throw error
            }
            await martlet.stop()
            print(report.text)
            try Data(report.json.text.utf8).write(to: URL(fileURLWithPath: settings.json), options: .atomic)
        }
    }

    private func start(on testbed: Testbed) async throws -> MartletProcess {
        let directory = try testbed.run.makeDirectory("martlet")
        let address = try await testbed.network.addAddress()
        let authority = testbed.origin.controlPlane.authority
        let kubelet = try KubeletCertificate(address: address, authority: authority, directory: directory)
        let file = "\(directory)/martlet.yaml"
        try """
        origin: {kubeconfig: \(testbed.origin.kubeconfigPath)}
        node: {address: \(address)}
        kubelet: {listenAddress: \(address), certificate: \(kubelet.certificate), privateKey: \(kubelet.key)}
        clusters:
          - {name: remote, kubeconfig: \(try testbed.remote("remote").kubeconfigPath)}
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

    private func measured(
        _ bed: StreamBed,
        _ tell: @escaping @Sendable (String) -> Void
    ) async throws -> StreamReport {
        try await bed.startPod()
        let open = try await bed.openStreams(settings.streams)
        tell("\(open.count) streams are open: \(Int(open.bytesPerStream / 1024)) KiB each")
        var results: [StreamResult] = []
        for trial in StreamTrial.all(rounds: settings.rounds) { results.append(try await bed.measure(trial, tell)) }
        let peak = try await bed.usage().peakBytes
        return StreamReport(settings: settings, results: results, open: open, peakBytes: peak, release: bed.release)
    }
}
