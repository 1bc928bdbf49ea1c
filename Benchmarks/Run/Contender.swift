import Foundation
import Testbed
import Transport

/// martlet or the bare client: a process of its own that makes a node of the remote.
struct Contender: Sendable {
    let process: Subprocess
    let nodeName: String
    private let log: String
    /// Where the process serves its counters.
    private let metrics: String
    private let http: any HTTPClient

    /// Starts the released binary with a configuration file, as its users do.
    ///
    /// - Parameter crowd: the clusters that it serves beside the one that is measured.
    static func martlet(
        in clusters: BenchmarkClusters,
        trial: String,
        accounts: AccountMode,
        crowd: Crowd? = nil
    ) async throws -> Contender {
        let configuration = "\(clusters.directory)/\(trial).yaml"
        try """
        origin:
          kubeconfig: \(clusters.origin.kubeconfig)
          apiServer: https://192.0.2.1:6443
        clusters:
          - name: remote
            kubeconfig: \(clusters.remote.kubeconfig)
            serviceAccounts: \(accounts.rawValue)
        \(crowd?.clusters ?? "")
        kubeAPI:
          qps: \(clusters.settings.callsPerSecond)
          burst: \(clusters.settings.callsPerSecond * 2)
        \(crowd?.kubelet ?? "")
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        return try await start(in: clusters, trial, nodeName: "remote") { port in
            Command(
                clusters.settings.martlet,
                [
                    "--config", configuration, "--metrics-addr", "127.0.0.1:\(port)",
                    "--pod-sync-workers", "\(clusters.settings.workers)",
                ]
            )
        }
    }

    /// Starts the bare client.
    static func bare(in clusters: BenchmarkClusters, trial: String) async throws -> Contender {
        try await start(in: clusters, trial, nodeName: "bare") { port in
            Command(
                clusters.settings.bench,
                [
                    "bare", "--origin", clusters.origin.kubeconfig, "--remote", clusters.remote.kubeconfig,
                    "--node", "bare", "--pods", "\(clusters.settings.podRoom)", "--metrics-port", "\(port)",
                    "--calls-in-flight", "\(clusters.settings.workers)",
                ]
            )
        }
    }

    private static func start(
        in clusters: BenchmarkClusters,
        _ trial: String,
        nodeName: String,
        command: (_ metricsPort: UInt16) -> Command
    ) async throws -> Contender {
        let port = try FreePort.any()
        let log = "\(clusters.directory)/\(trial).log"
        return Contender(
            process: try await Subprocess.start(command(port), log: log, ledger: clusters.ledger),
            nodeName: nodeName,
            log: log,
            metrics: "http://127.0.0.1:\(port)/metrics",
            http: clusters.http
        )
    }

    /// What the process has used and asked for so far.
    func sample() async throws -> ContenderSample {
        try checkAlive()
        let usage = try ProcessUsage(processID: process.processID)
        return ContenderSample(usage: usage, traffic: APITraffic.byCluster(metrics: try await metricsText()))
    }

    func checkAlive() throws {
        guard let status = process.exitStatus else { return }
        let said = FileManager.default.contents(atPath: log).map { String(decoding: $0.suffix(2000), as: UTF8.self) }
        throw BenchmarkError("\(process.command.name) ended with \(status) in mid-trial: \(said ?? "")")
    }

    /// Waits until the process has ended by itself, and throws why.
    func waitForDeath() async throws {
        _ = try await process.waitForExit()
        try checkAlive()
    }

    func stop() async {
        await process.stop(grace: .seconds(15))
    }

    private func metricsText() async throws -> String {
        let request = HTTPRequest(method: "GET", url: metrics, timeout: .seconds(10), connectTimeout: .seconds(5))
        let response = try await http.send(request, over: ConnectionOptions(tls: TLSOptions()))
        guard response.status == 200 else { throw BenchmarkError("\(metrics) was answered with \(response.status)") }
        return String(decoding: response.body, as: UTF8.self)
    }
}

/// A contender at one moment.
struct ContenderSample: Sendable {
    let usage: ProcessUsage
    let traffic: [String: APITraffic]
}
