import Foundation
import Glibc

/// The martlet binary at work for a testbed, as a process that can be stopped, killed and started again.
package actor MartletProcess {
    /// The file that its log goes to; of several starts, one after the other.
    package nonisolated let log: String

    private let command: Command
    private let ledger: Ledger
    private var process: Subprocess?

    /// Nothing runs yet.
    ///
    /// - Parameters:
    ///   - binary: the path of the martlet binary.
    ///   - arguments: all of them; nothing of the environment stands in for what they and the configuration say.
    package init(binary: String, arguments: [String], log: String, ledger: Ledger) {
        command = Command(binary, arguments, environment: Self.environment)
        self.log = log
        self.ledger = ledger
    }

    /// What it is started with.
    package nonisolated var arguments: [String] { command.arguments }

    /// The same once more, with a log of its own. Nothing runs yet.
    ///
    /// - Parameter arguments: what it is started with instead; nil for the same.
    package nonisolated func twin(log: String, arguments: [String]? = nil) -> MartletProcess {
        MartletProcess(
            binary: command.executable,
            arguments: arguments ?? command.arguments,
            log: log,
            ledger: ledger
        )
    }

    /// The process id while it runs.
    package var processID: Int32? {
        process.flatMap { $0.exitStatus == nil ? $0.processID : nil }
    }

    /// Starts it if it does not run. It is not ready then: look at what it does in the origin.
    ///
    /// - Parameter clock: what it takes for the time of day; nil for the machine's.
    /// - Throws: `TestbedError` `.spawn` or `.file`.
    package func start(clock: SteppedClock? = nil) async throws {
        guard processID == nil else { return }
        var command = command
        if let clock { command = clock.showing(to: command) }
        process = try await Subprocess.start(command, log: log, ledger: ledger)
    }

    /// Asks it to end, as a rollout does.
    ///
    /// - Returns: how it ended; nil if it was not started.
    @discardableResult
    package func stop(grace: Duration = .seconds(20)) async -> TerminationStatus? {
        await process?.stop(grace: grace)
        return process?.exitStatus
    }

    /// Ends it without warning.
    package func kill() async {
        await process?.kill()
    }

    /// Freezes it: its connections stay open and nothing happens.
    package func pause() {
        process?.send(SIGSTOP)
    }

    /// Lets a frozen one go on.
    package func resume() {
        process?.send(SIGCONT)
    }

    /// Has it look at its configuration.
    package func hangUp() {
        process?.send(SIGHUP)
    }

    /// The end of its log.
    package nonisolated func logTail(_ lines: Int = 40) -> String {
        logText().split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    /// All of its log; empty before the first start.
    package nonisolated func logText() -> String {
        String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
    }

    /// How long its log is so far, in bytes.
    package nonisolated func logLength() throws -> UInt64 {
        try FileHandle(forReadingFrom: URL(fileURLWithPath: log)).seekToEnd()
    }

    /// What it has logged since its log was so long.
    package nonisolated func logText(after length: UInt64) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: log))
        try file.seek(toOffset: length)
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }

    private static var environment: [String: String] {
        HarnessEnvironment.current.filter { $0.key != "KUBECONFIG" && !$0.key.hasPrefix("MARTLET_") }
    }
}
