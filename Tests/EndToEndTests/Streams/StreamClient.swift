import Foundation
import KubeModel
import Testbed
import Testing

/// A kubectl by which people reach into pods.
enum Kubectl: String, CaseIterable, CustomTestStringConvertible {
    /// That of the control planes: SPDY.
    case own
    /// The newest on the machine: WebSocket first, then SPDY.
    case newest

    private static let installed = "/usr/bin/kubectl"

    /// The minor version and the path of the highest `kubectl.1.N` beside the one that is installed, which calls one of
    /// them as the server's version suggests; the installed one itself, of no known version, where there are none.
    static let highest: (minor: Int?, path: String)? = {
        guard FileManager.default.isExecutableFile(atPath: installed) else { return nil }
        let folder = URL(fileURLWithPath: installed).resolvingSymlinksInPath().deletingLastPathComponent()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []  // Then there are none.
        let minors = names.filter { $0.hasPrefix("kubectl.1.") }.compactMap { Int($0.dropFirst("kubectl.1.".count)) }
        guard let minor = minors.max() else { return (nil, installed) }
        return (minor, folder.appendingPathComponent("kubectl.1.\(minor)").path)
    }()

    /// Those that are there.
    static let present = allCases.filter { $0 == .own || highest != nil }

    var testDescription: String { rawValue }

    func path() throws -> String {
        guard self == .newest, let highest = Self.highest else { return try Toolbox().kubernetes("kubectl") }
        return highest.path
    }
}

extension TestSpace {
    /// Runs a shell script in which `k` is kubectl for this namespace of the origin, or of a remote, and `b` the same for
    /// the background: there the process that is waited for or ended is kubectl, and not a shell that has it as a child.
    ///
    /// - Returns: how it ended, whatever that is.
    func shell(
        _ kubectl: Kubectl = .own,
        at cluster: FleetCluster? = nil,
        deadline: Duration = .seconds(600),
        _ script: String
    ) async throws -> CommandResult {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-streams-\(UUID())").path
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }  // Only scratch files are lost track of.
        var environment = HarnessEnvironment.current
        environment["KUBECONFIG"] = (cluster ?? origin).control.kubeconfig
        environment["HOME"] = scratch
        let call = "'\(try kubectl.path())' --namespace \(name) \"$@\""
        let preamble = "set -o pipefail; k() { \(call); }; b() { exec \(call); }\n"
        let command = Command("/bin/bash", ["-c", preamble + script], environment: environment, directory: scratch)
        return try await Subprocess.run(command, deadline: deadline, scratch: scratch)
    }

    /// A pod that runs a script, once it runs.
    func start(_ name: String, _ script: String, container: JSON = [:], _ changes: JSON = [:]) async throws {
        try await apply(Manifest.pod(name, Manifest.shellPod(script, container: container, changes)))
        try await pod(name, "runs", within: .seconds(40)) { $0.phase == "Running" }
    }

    /// The cluster in which a pod's delegate is.
    func cluster(of pod: String) async throws -> FleetCluster {
        let node = try #require(await origin.pod(pod, in: name)?.at("spec", "nodeName")?.string)
        return fleet.remote(node)
    }
}
