import Foundation
import KubeModel
import Testbed
import Transport

/// Clusters that martlet serves beside the one that is measured, each with a ``StandInServer``, all of them in one process
/// of their own. They carry a taint: no pod goes there.
struct Crowd: Sendable {
    /// Tells one crowd from another in file names.
    let name: String
    let count: Int
    /// Whether the first few misbehave from the start.
    let isUnruly: Bool
    /// What stands in martlet's configuration for them.
    let clusters: String
    /// The kubelet endpoints of all nodes, as in a real installation.
    let kubelet: String
    private let process: Subprocess
    /// Where the stand-ins are commanded.
    private let control: String
    private let http: any HTTPClient

    var nodeNames: [String] { (0..<count).map(Self.nodeName) }

    /// Those that become Ready at once.
    var calmNodeNames: Set<String> {
        Set(((isUnruly ? Manner.disturbanceCount : 0)..<count).map(Self.nodeName))
    }

    var processID: Int32 { process.processID }

    /// Starts the stand-ins, for as long as the body runs.
    static func with<Value: Sendable>(
        _ name: String,
        count: Int,
        isUnruly: Bool = false,
        flood: Int,
        in clusters: BenchmarkClusters,
        body: (Crowd) async throws -> Value
    ) async throws -> Value {
        let crowd = try await start(name, count: count, isUnruly: isUnruly, flood: flood, in: clusters)
        do {
            try await crowd.waitUntilThere()
            let value = try await body(crowd)
            await crowd.process.stop(grace: .seconds(10))
            return value
        } catch {
            await crowd.process.stop(grace: .seconds(10))
            throw error
        }
    }

    private static func start(
        _ name: String,
        count: Int,
        isUnruly: Bool,
        flood: Int,
        in clusters: BenchmarkClusters
    ) async throws -> Crowd {
        let directory = try clusters.testbed.run.makeDirectory("crowd-\(name)")
        let port = try FreePort.any()
        let arguments = [
            "stand-ins", "--directory", directory, "--count", "\(count)", "--flood", "\(flood)",
            "--manner", isUnruly ? "unruly" : "calm", "--control-port", "\(port)",
        ]
        let lines = (0..<count).map { index in
            let taint = "[{key: bench.example/crowd, value: crowd, effect: NoSchedule}]"
            let path = kubeconfig(of: index, in: directory)
            return "  - {name: \(nodeName(index)), kubeconfig: \(path), taints: \(taint)}"
        }
        return Crowd(
            name: name,
            count: count,
            isUnruly: isUnruly,
            clusters: lines.joined(separator: "\n"),
            kubelet: try Self.kubelet(clusters, directory),
            process: try await Subprocess.start(
                Command(clusters.settings.bench, arguments),
                log: "\(directory)/stand-ins.log",
                ledger: clusters.ledger
            ),
            control: "http://127.0.0.1:\(port)",
            http: clusters.http
        )
    }

    static func nodeName(_ index: Int) -> String { "crowd-\(index)" }

    static func kubeconfig(of index: Int, in directory: String) -> String {
        "\(directory)/\(nodeName(index)).kubeconfig"
    }

    private static func kubelet(_ clusters: BenchmarkClusters, _ directory: String) throws -> String {
        let address = try clusters.testbed.addresses.nextAddress()
        let authority = clusters.testbed.origin.controlPlane.authority
        let certificate = try KubeletCertificate(address: address, authority: authority, directory: directory)
        let files = "certificate: \(certificate.certificate), privateKey: \(certificate.key)"
        return "node: {address: \(address)}\nkubelet: {listenAddress: \(address), \(files)}"
    }
}

// MARK: - Commands

extension Crowd {
    /// What the stand-ins have done so far.
    func counts() async throws -> StandInCounts { try await ask("GET", "counts") }

    /// Has the first few misbehave from now on, or behave again.
    ///
    /// - Returns: what the stand-ins have done so far.
    @discardableResult
    func behave(unruly: Bool) async throws -> StandInCounts { try await ask("PUT", unruly ? "unruly" : "calm") }

    private func ask(_ method: String, _ word: String) async throws -> StandInCounts {
        if let status = process.exitStatus { throw BenchmarkError("the stand-ins of \(name) ended with \(status)") }
        let request = HTTPRequest(
            method: method,
            url: "\(control)/\(word)",
            timeout: .seconds(30),
            connectTimeout: .seconds(5)
        )
        let response = try await http.send(request, over: ConnectionOptions(tls: TLSOptions()))
        guard response.status == 200 else {
            throw BenchmarkError("the stand-ins of \(name) answered \(word) with \(response.status)")
        }
        return StandInCounts(try JSON.parse(response.body))
    }

    private func waitUntilThere() async throws {
        try await Await.until("the stand-ins of \(name)", limit: .seconds(60)) {
            do {
                _ = try await counts()
                return true
            } catch is TransportError {
                return false
            }
        }
    }
}
