import Foundation
import Testing

@testable import Testbed

/// The scripts that set everything up, as they stand, on a machine that is made to look wrong: the programs that they ask
/// come from a folder of ours, which is first in PATH.
@Suite("Set-up says in one message what is wrong", .timeLimit(.minutes(2)))
struct SetUpTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// A machine with some programs of its own.
    private struct Machine: ~Copyable {
        let folder: String
        var home: String { "\(folder)/home" }
        var cache: String { "\(home)/.cache/martlet" }

        init(_ programs: [String: String]) throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "martlet-set-up-\(UUID())").path
            for part in ["bin", "home"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(part)", withIntermediateDirectories: true)
            }
            for (name, script) in programs { try install(name, script) }
        }

        deinit {
            try? FileManager.default.removeItem(atPath: folder)
        }

        func install(_ name: String, _ script: String) throws {
            try Data("#!/bin/bash\n\(script)\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/bin/\(name)"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/bin/\(name)")
        }

        func bash(_ script: String, _ more: [String: String] = [:]) async throws -> CommandResult {
            var environment = [
                "PATH": "\(folder)/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "ROOT": SetUpTests.root,
                // Nothing is installed, built or measured here, should a check be missing.
                "MARTLET_SKIP_PACKAGES": "1", "KUBE_BIN_DIR": "/nonexistent",
            ]
            environment.merge(more) { $1 }
            return try await Subprocess.run(
                Command("/bin/bash", ["-c", script], environment: environment, directory: folder),
                deadline: .seconds(60),
                scratch: folder
            )
        }

        func library(_ script: String, _ more: [String: String] = [:]) async throws -> CommandResult {
            try await bash(". \"$ROOT/scripts/lib.sh\"; \(script)", more)
        }
    }

    private static let room = "printf 'Filesystem\\nx 1 1 9999 1 /\\n'"
    private static let swift = "echo 'Swift version 6.3.1 (swift-6.3.1-RELEASE)'"

    /// - Returns: the one message, if there is one and no more.
    private func message(_ result: CommandResult) throws -> String {
        #expect(result.status == .exited(code: 1), "\(result)")
        let parts = result.errorOutput.components(separatedBy: "error:\u{1b}[0m ")
        try #require(parts.count == 2, "\(result)")
        return parts[1]
    }

    @Test(
        "without root",
        arguments: [
            "demo.sh", "test.sh all", "test.sh e2e", "test.sh soak", "bench.sh", "bench-scale.sh", "bench-streams.sh",
        ]
    )
    func noRoot(script: String) async throws {
        let machine = try Machine(["id": "echo 1000", "swift": Self.swift])
        let text = try message(try await machine.bash("$ROOT/scripts/\(script)", ["MAKE_GOAL": "goal"]))
        #expect(text.hasPrefix("this step needs root"))
        #expect(text.contains("sudo -E env \"PATH=$PATH\" make goal"))
    }

    @Test("on another system")
    func otherSystem() async throws {
        let machine = try Machine([:])
        let file = "printf 'ID=ubuntu\\nVERSION_ID=\"24.04\"\\n' >os-release; require_debian \"$PWD/os-release\""
        #expect(
            try message(try await machine.library(file)).hasPrefix("this machine is 'ubuntu 24.04', not Debian 12.")
        )
        let debian = "printf 'ID=debian\\nVERSION_ID=\"12\"\\n' >os-release; require_debian \"$PWD/os-release\""
        #expect(try await machine.library(debian).status.isSuccess)
    }

    @Test("without Swift, or with an old one")
    func noSwift() async throws {
        let machine = try Machine([:])
        #expect(
            try message(try await machine.library("PATH=/nonexistent require_swift")).hasPrefix("no 'swift' in PATH.")
        )
        try machine.install("swift", "echo 'Swift version 5.10'")
        let old = try message(try await machine.library("require_swift"))
        #expect(old.hasPrefix("the 'swift' in PATH is version 5.10; martlet needs 6.2 or newer."))
    }

    @Test("with a full disk, or a cache that can't be written")
    func noDisk() async throws {
        let machine = try Machine(["df": "printf 'Filesystem\\nx 1 1 3999 1 /\\n'"])
        let full = try message(try await machine.library("require_disk \"$HOME\" 4000 'building Kubernetes'"))
        #expect(full.hasPrefix("building Kubernetes needs 4000 MiB free in \(machine.home); there are 3999 MiB."))
        let shut = try message(try await machine.library("require_disk /proc/nowhere 1 'a build'"))
        #expect(shut.hasPrefix("cannot write to /proc/nowhere."))
    }

    @Test("with a folder of binaries that lacks one")
    func otherBinaries() async throws {
        let machine = try Machine(["kube-apiserver": ":"])
        let text = try message(
            try await machine.bash("$ROOT/scripts/kubernetes.sh", ["KUBE_BIN_DIR": "\(machine.folder)/bin"])
        )
        #expect(text.hasPrefix("KUBE_BIN_DIR=\(machine.folder)/bin has no executable 'kube-controller-manager'."))
    }

    @Test("Binaries that were built are used as long as they are whole, and built anew otherwise")
    func checksums() async throws {
        let machine = try Machine(["apt-get": "exit 100", "df": Self.room])
        let make = """
            mkdir -p "$CACHE/kubernetes/v1.20.2" && cd "$CACHE/kubernetes/v1.20.2"
            echo 2 >revision; echo one >kubelet; sha256sum kubelet >SHA256SUMS
            """
        try await machine.library(make).checked()
        let built = ["KUBE_BIN_DIR": ""]
        let whole = try await machine.bash("$ROOT/scripts/kubernetes.sh", built).checked()
        #expect(whole.output == "\(machine.cache)/kubernetes/v1.20.2\n")
        try await machine.library("echo two >\"$CACHE/kubernetes/v1.20.2/kubelet\"").checked()
        let text = try message(try await machine.bash("$ROOT/scripts/kubernetes.sh", built))
        #expect(text.hasPrefix("apt could not read the source packages' list."))
        #expect(text.contains("Check the network"))
    }

    @Test("A source that is not what it should be is thrown away; one that is whole is not fetched again")
    func resumes() async throws {
        let fetch = """
            echo "$*" >>"$HOME/calls"
            case "$*" in *download-only*) ;; *) exit 0 ;; esac
            echo good >kubernetes_1.orig.tar.gz
            printf 'Checksums-Sha256:\\n %s 5 kubernetes_1.orig.tar.gz\\nFiles:\\n' \
                "$(sha256sum kubernetes_1.orig.tar.gz | cut -d' ' -f1)" >kubernetes_1.dsc
            """
        let machine = try Machine(["apt-get": fetch + "\necho spoilt >kubernetes_1.orig.tar.gz", "df": Self.room])
        let build = { (machine: borrowing Machine) in
            try await machine.bash("$ROOT/scripts/kubernetes.sh", ["KUBE_BIN_DIR": ""])
        }
        #expect(try message(try await build(machine)).hasPrefix("the fetched source does not match its checksums"))
        #expect(
            !FileManager.default.fileExists(
                atPath: "\(machine.cache)/kubernetes/build-v1.20.2/kubernetes_1.orig.tar.gz"
            )
        )
        try machine.install("apt-get", fetch)
        #expect(try message(try await build(machine)).hasPrefix("the source could not be unpacked"))
        let calls = try String(contentsOfFile: "\(machine.home)/calls", encoding: .utf8)
        #expect(try message(try await build(machine)).hasPrefix("the source could not be unpacked"))
        #expect(try String(contentsOfFile: "\(machine.home)/calls", encoding: .utf8) == calls)
    }
}
