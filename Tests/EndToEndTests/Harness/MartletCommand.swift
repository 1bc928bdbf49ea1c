import Foundation
import Testbed

/// A command of the real martlet, typed by somebody in the origin.
extension Fleet {
    /// Runs it to its end.
    ///
    /// - Parameter kubeconfig: whose it is; nil for the origin's administrator.
    func command(_ arguments: String..., kubeconfig: String? = nil) async throws -> CommandResult {
        try await Subprocess.run(
            try command(arguments, kubeconfig: kubeconfig),
            deadline: .seconds(60),
            scratch: origin.control.directory
        )
    }

    /// Runs one that goes on by itself while the body does; then it is stopped.
    func withCommand(_ arguments: String..., body: (RunningCommand) async throws -> Void) async throws {
        let log = "\(origin.control.directory)/\(UUID().uuidString).out"
        let process = try await Subprocess.start(try command(arguments, kubeconfig: nil), log: log)
        do {
            try await body(RunningCommand(log: log))
        } catch {
            await process.kill()
            throw error
        }
        await process.kill()
    }

    private func command(_ arguments: [String], kubeconfig: String?) throws -> Command {
        var environment = HarnessEnvironment.current.filter { !$0.key.hasPrefix("MARTLET_") }
        environment["KUBECONFIG"] = kubeconfig ?? origin.control.kubeconfig
        return Command(try MartletBinary.path(), arguments, environment: environment)
    }
}

/// A command that runs.
struct RunningCommand: Sendable {
    fileprivate let log: String

    /// What it has printed so far.
    var lines: [String] {
        let text = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }
}
