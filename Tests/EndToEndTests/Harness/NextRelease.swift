import Foundation
import Testbed

/// Another release of Kubernetes, to which a cluster can be upgraded.
struct NextRelease {
    let toolbox: Toolbox
    /// As its API server says it: "v1.20.3".
    let version: String

    /// The folder with another release's binaries that the caller of the tests has given.
    static var givenFolder: String? {
        HarnessEnvironment.current["KUBE_BIN_DIR_NEXT"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The binaries of a folder.
    static func ask(folder: String, scratch: String) async throws -> NextRelease {
        let toolbox = try Toolbox().with(kubernetes: folder)
        return NextRelease(toolbox: toolbox, version: try await Release.ask(toolbox, scratch: scratch).version)
    }

    /// The testbed's own binaries once more, but for the API server's version: the last digit is another one, wherever
    /// the version stands in the program. To everyone who asks it is another release; nothing else about it is. A
    /// release that really differs takes its binaries: `givenFolder`.
    ///
    /// - Parameter folder: an existing folder that goes with the clusters.
    static func relabelled(in folder: String) async throws -> NextRelease {
        let own = try Toolbox()
        let version = try await Release.ask(own, scratch: folder).version
        let next = try successor(of: version)
        let binaries = "\(folder)/next"
        try FileManager.default.createDirectory(atPath: binaries, withIntermediateDirectories: true)
        for name in ["kube-controller-manager", "kube-scheduler", "kubectl"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(binaries)/\(name)",
                withDestinationPath: own.kubernetes(name)
            )
        }
        let script = "s/\(version.replacingOccurrences(of: ".", with: "\\."))/\(next)/g"
        let copy = "LC_ALL=C sed \"$1\" \"$2\" >\"$3\" && chmod 755 \"$3\""
        let (from, to) = (try own.kubernetes("kube-apiserver"), "\(binaries)/kube-apiserver")
        let command = Command("/bin/sh", ["-c", copy, "relabel", script, from, to])
        try await Subprocess.run(command, deadline: .seconds(120), scratch: folder).checked()
        let made = try await ask(folder: binaries, scratch: folder)
        guard made.version == next else {
            throw TestbedError(.answer, "an API server that was to say \(next) says \(made.version)")
        }
        return made
    }

    /// The version with another last digit: of the same length, so that it fits where the first one stood.
    private static func successor(of version: String) throws -> String {
        guard let match = version.firstMatch(of: /^v\d+\.\d+\.\d+/), let digit = match.output.last?.wholeNumberValue
        else { throw TestbedError(.answer, "'\(version)' is no version") }
        return match.output.dropLast() + "\((digit + 1) % 10)" + version[match.range.upperBound...]
    }
}
