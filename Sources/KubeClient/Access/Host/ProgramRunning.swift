/// Runs programs to their end.
package protocol ProgramRunning: Sendable {
    /// Runs a program and returns when it has ended. Kills it when the time is over or the caller is cancelled.
    ///
    /// - Throws: ``ProgramError``, or `CancellationError`.
    func run(_ call: ProgramCall) async throws -> ProgramResult
}

/// A program to run. Its input is empty.
package struct ProgramCall: Sendable, Hashable {
    /// A path if it has a slash, else a name that is looked up in the `PATH` of the environment.
    package var command: String
    package var arguments: [String]
    /// All of it; nothing is inherited.
    package var environment: [String: String]
    package var timeLimit: Duration
    /// More output than this is an error.
    package var outputLimit: Int

    package init(
        command: String,
        arguments: [String],
        environment: [String: String],
        timeLimit: Duration,
        outputLimit: Int = 1 << 20
    ) {
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.timeLimit = timeLimit
        self.outputLimit = outputLimit
    }
}

extension ProgramCall: CustomStringConvertible, CustomReflectable {
    /// The command alone: arguments and environment may hold secrets.
    package var description: String { command }
    package var customMirror: Mirror { Mirror(self, children: ["command": command]) }
}

/// How a program has ended.
package struct ProgramResult: Sendable, Hashable {
    package enum End: Sendable, Hashable {
        case exited(code: Int32)
        case killed(signal: Int32)
    }

    package var end: End
    package var output: [UInt8]
    /// The beginning of what it wrote to standard error.
    package var diagnostics: [UInt8]

    package init(end: End, output: [UInt8], diagnostics: [UInt8] = []) {
        self.end = end
        self.output = output
        self.diagnostics = diagnostics
    }
}

extension ProgramResult: CustomStringConvertible, CustomReflectable {
    /// The end alone: what plugins print is secret.
    package var description: String { "\(end)" }
    package var customMirror: Mirror { Mirror(self, children: ["end": end]) }
}

/// Why a program could not be run to its end.
package enum ProgramError: Error, Sendable, Hashable {
    case notFound
    /// In the words of the operating system.
    case notStarted(String)
    case timedOut(Duration)
    case tooMuchOutput(limit: Int)
}
