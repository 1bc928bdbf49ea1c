import Foundation
import Testbed

/// `martlet-testbed up` as a process of its own: an origin and a remote with a real node.
struct StandaloneBed {
    /// The harness, which owns the clusters.
    let process: Subprocess
    /// Where its files are.
    let directory: String
    /// The remote's kubeconfig.
    let remote: String

    /// Starts it, and returns when its clusters are ready.
    ///
    /// - Parameter folder: for its files and logs.
    static func start(_ name: String, in folder: String) async throws -> StandaloneBed {
        let (directory, output, log) = ("\(folder)/\(name)", "\(folder)/\(name).out", "\(folder)/\(name).log")
        let options = ["--remotes", "remote", "--nodes", "real", "--shared-etcd", "--state", directory]
        let process = try await Subprocess.start(
            Command(try MartletBinary.beside("martlet-testbed"), ["up"] + options),
            log: output,
            errorLog: log
        )
        do {
            let remote = try await eventually("the clusters of '\(name)' are ready", within: .seconds(60)) {
                guard process.exitStatus == nil else {
                    let said = try String(contentsOfFile: log, encoding: .utf8)
                    throw TestbedError(.ended, "martlet-testbed has ended: \(said)")
                }
                return try kubeconfig(of: "remote", announcedIn: output)
            } until: {
                $0 != nil
            }
            return StandaloneBed(process: process, directory: directory, remote: remote ?? "")
        } catch {
            await process.stop(grace: .seconds(60))
            throw error
        }
    }

    /// Each line is a cluster's name and its kubeconfig.
    private static func kubeconfig(of cluster: String, announcedIn output: String) throws -> String? {
        let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
        return lines.first { $0.hasPrefix("\(cluster)\t") }.map { String($0.dropFirst(cluster.count + 1)) }
    }

    /// Runs kubectl in the remote.
    @discardableResult
    func kubectl(_ arguments: String...) async throws -> String {
        let command = Command(try Toolbox().kubernetes("kubectl"), ["--kubeconfig", remote] + arguments)
        let scratch = FileManager.default.temporaryDirectory.path
        return try await Subprocess.run(command, deadline: .seconds(120), scratch: scratch).checked().output
    }

    /// Runs a container that goes on until it is removed.
    func runContainer() async throws {
        try await kubectl("run", "sleeper", "--image=\(Manifest.busybox)", "--restart=Never", "--", "sleep", "3600")
        try await kubectl("wait", "--for=condition=Ready", "pod/sleeper", "--timeout=90s")
    }

    /// What it has on the machine now.
    func footprint() throws -> Footprint { try Footprint(ofRunIn: directory) }
}
