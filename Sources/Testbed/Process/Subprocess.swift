import CProcess
import Foundation
import Glibc
import Lifecycle
import Synchronization

/// A program that runs for the testbed and dies with it.
///
/// The kernel kills the program when the thread that started it ends (`PR_SET_PDEATHSIG`). Each program therefore has a
/// thread of its own that starts it and then waits for its end, and so lives exactly as long as the program or the
/// harness, whichever ends first.
package final class Subprocess: Sendable {
    package let command: Command
    /// The process id, which is also the id of its process group.
    package let processID: Int32

    private let status = Mutex<TerminationStatus?>(nil)
    private let ended = ShutdownSignal()

    private init(command: Command, processID: Int32) {
        self.command = command
        self.processID = processID
    }

    /// Starts the program; its output goes to the end of the file `log`, its input is empty or the file `input`.
    ///
    /// - Parameters:
    ///   - errorLog: where its error output goes; nil for `log` too.
    ///   - ledger: where the process is written down, for a clean-up after a crash of the harness.
    /// - Throws: `TestbedError` `.spawn` or `.file`.
    package static func start(
        _ command: Command,
        log: String,
        errorLog: String? = nil,
        input: String = "/dev/null",
        ledger: Ledger? = nil
    ) async throws(TestbedError) -> Subprocess {
        let started: Result<Subprocess, TestbedError> = await withCheckedContinuation { continuation in
            let thread = Thread {
                let result = Result { () throws(TestbedError) -> Subprocess in
                    let process = try spawn(command, input: input, output: log, error: errorLog ?? log)
                    try ledger?.record(.process(of: process))
                    return process
                }
                continuation.resume(returning: result)
                if case .success(let process) = result { process.reap() }
            }
            thread.stackSize = 256 * 1024
            thread.start()
        }
        return try started.get()
    }

    /// How the program ended; nil while it runs.
    package var exitStatus: TerminationStatus? {
        status.withLock { $0 }
    }

    /// Sends a signal, if the program has not ended. Never reaches another process that got the same id later: the id
    /// stays taken until `reap` has held the same lock.
    package func send(_ signal: Int32) {
        status.withLock { status in
            guard status == nil else { return }
            // Fails only for a process that has ended and waits to be reaped, which is what the caller wants.
            _ = Glibc.kill(processID, signal)
        }
    }

    /// Waits until the program has ended.
    ///
    /// - Throws: `CancellationError`; the program goes on then.
    package func waitForExit() async throws -> TerminationStatus {
        await ended.wait()
        guard let status = exitStatus else { throw CancellationError() }
        return status
    }

    /// Ends the program: asks with SIGTERM, waits for the grace, then kills. Returns when it is gone, also when the
    /// caller is cancelled (then it is killed at once).
    package func stop(grace: Duration) async {
        send(SIGCONT)
        send(SIGTERM)
        do {
            _ = try await withTimeout(grace) { try await self.waitForExit() }
        } catch {
            // The grace is over or the caller is in a hurry: both mean the same here.
            await kill()
        }
    }

    /// Kills the program and returns when it is gone.
    package func kill() async {
        send(SIGKILL)
        // SIGKILL cannot be refused, so the wait is short; a task of its own, because it must outlive a cancelled caller.
        await Task { await ended.wait() }.value
    }
}

// MARK: - The program's own thread

extension Subprocess {
    private static func spawn(
        _ command: Command,
        input: String,
        output: String,
        error: String
    ) throws(TestbedError) -> Subprocess {
        let input = try FileDescriptor(path: input, flags: O_RDONLY)
        let output = try FileDescriptor(path: output, flags: O_WRONLY | O_CREAT | O_APPEND)
        let error = try FileDescriptor(path: error, flags: O_WRONLY | O_CREAT | O_APPEND)
        let result = withCStrings([command.executable] + command.arguments) { arguments in
            withCStrings(command.environment.map { "\($0.key)=\($0.value)" }) { environment in
                martlet_spawn(
                    command.executable,
                    arguments,
                    environment,
                    command.directory,
                    input.number,
                    output.number,
                    error.number
                )
            }
        }
        guard result > 0 else {
            throw TestbedError(.spawn, "cannot start \(command.executable)", underlying: SystemError(-result))
        }
        return Subprocess(command: command, processID: result)
    }

    /// Waits for the end, then takes the lock before the process id is given free.
    private func reap() {
        var info = siginfo_t()
        while waitid(P_PID, id_t(processID), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        status.withLock { status in
            var word: Int32 = 0
            waitpid(processID, &word, 0)
            status = TerminationStatus(waitStatus: word)
        }
        ended.trigger()
    }
}

/// The strings as a C array that ends with a null pointer, for the time of the call.
private func withCStrings<Value>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
) -> Value {
    let copies = strings.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return copies.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("an array with a terminator is not empty") }
        return body(base)
    }
}
