import Foundation
import Lifecycle

/// What a command that has ended left behind.
package struct CommandResult: Sendable, CustomStringConvertible {
    package let command: Command
    package let status: TerminationStatus
    package let output: String
    package let errorOutput: String

    /// The result itself if the command succeeded.
    ///
    /// - Throws: `TestbedError` `.commandFailed` with what the command said.
    @discardableResult
    package func checked() throws(TestbedError) -> CommandResult {
        guard status.isSuccess else { throw TestbedError(.commandFailed, description) }
        return self
    }

    package var description: String {
        let said = errorOutput.isEmpty ? output : errorOutput
        let line = ([command.name] + command.arguments).joined(separator: " ")
        return "'\(line)' ended with \(status): \(said.trimmingCharacters(in: .whitespacesAndNewlines))"
    }
}

extension Subprocess {
    /// Runs a command to its end and returns what it wrote.
    ///
    /// The output goes through files, not pipes: nothing has to be drained and no size can block the command.
    ///
    /// - Parameters:
    ///   - input: what the command reads from its standard input.
    ///   - deadline: after which the command is killed.
    ///   - scratch: an existing directory for the files, which are removed again.
    /// - Throws: `TestbedError` `.spawn`, `.file`, `.deadline`; `CancellationError`. Not for a command that fails: see
    ///   `CommandResult.checked()`.
    package static func run(
        _ command: Command,
        input: String? = nil,
        deadline: Duration,
        scratch: String
    ) async throws -> CommandResult {
        let files = CaptureFiles(directory: scratch)
        defer { files.remove() }
        if let input { try files.write(input: input) }
        let process = try await start(
            command,
            log: files.output,
            errorLog: files.error,
            input: input == nil ? "/dev/null" : files.input
        )
        let status: TerminationStatus
        do {
            status = try await withTimeout(deadline) { try await process.waitForExit() }
        } catch {
            await process.kill()
            guard error is TimeoutError else { throw error }
            throw TestbedError(.deadline, "'\(command.name)' did not end within \(deadline): \(try files.read().error)")
        }
        let (output, errorOutput) = try files.read()
        return CommandResult(command: command, status: status, output: output, errorOutput: errorOutput)
    }
}

private struct CaptureFiles: Sendable {
    let input: String
    let output: String
    let error: String

    init(directory: String) {
        let base = "\(directory)/\(UUID().uuidString)"
        input = base + ".in"
        output = base + ".out"
        error = base + ".err"
    }

    func write(input text: String) throws(TestbedError) {
        try TextFile.write(text, to: input)
    }

    func read() throws(TestbedError) -> (output: String, error: String) {
        (try TextFile.read(output), try TextFile.read(error))
    }

    func remove() {
        for path in [input, output, error] {
            // Absent when the command was never started; the whole directory goes with the run in any case.
            try? FileManager.default.removeItem(atPath: path)
        }
    }
}
