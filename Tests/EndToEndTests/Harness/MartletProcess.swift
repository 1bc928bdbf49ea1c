import Foundation
import Glibc
import Testbed

/// The real martlet, as a process that tests can stop, kill and start again.
actor MartletProcess {
    /// The file that its log goes to; of several starts, one after the other.
    nonisolated let log: String

    private let command: Command
    private let ledger: Ledger
    private var process: Subprocess?

    init(arguments: [String], log: String, ledger: Ledger) throws {
        command = Command(try Self.executable(), arguments, environment: Self.environment)
        self.log = log
        self.ledger = ledger
    }

    /// The process id while it runs.
    var processID: Int32? {
        process.flatMap { $0.exitStatus == nil ? $0.processID : nil }
    }

    /// Starts it if it does not run. It is not ready then: look at what it does in the origin.
    func start() async throws {
        guard processID == nil else { return }
        process = try await Subprocess.start(command, log: log, ledger: ledger)
    }

    /// Asks it to end, as a rollout does.
    ///
    /// - Returns: how it ended; nil if it was not started.
    @discardableResult
    func stop(grace: Duration = .seconds(20)) async -> TerminationStatus? {
        await process?.stop(grace: grace)
        return process?.exitStatus
    }

    /// Ends it without warning.
    func kill() async {
        await process?.kill()
    }

    /// Freezes it: its connections stay open and nothing happens.
    func pause() {
        process?.send(SIGSTOP)
    }

    /// Lets a frozen one go on.
    func resume() {
        process?.send(SIGCONT)
    }

    /// The end of its log.
    nonisolated func logTail(_ lines: Int = 40) -> String {
        let data = FileManager.default.contents(atPath: log) ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    /// All of its log.
    nonisolated func logText() -> String {
        String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
    }

    /// The program beside the tests' own, or `MARTLET_BINARY`.
    private static func executable() throws -> String {
        if let path = ProcessInfo.processInfo.environment["MARTLET_BINARY"], !path.isEmpty { return path }
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("martlet").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestbedError(.toolMissing, "there is no martlet at \(path); 'swift build' makes it")
        }
        return path
    }

    /// Nothing of the environment may stand in for what the configuration file says.
    private static var environment: [String: String] {
        HarnessEnvironment.current.filter { $0.key != "KUBECONFIG" && !$0.key.hasPrefix("MARTLET_") }
    }
}
