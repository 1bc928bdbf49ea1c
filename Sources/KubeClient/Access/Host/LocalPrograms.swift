import Glibc
internal import Transport

/// The programs of this machine.
package struct LocalPrograms: ProgramRunning {
    package init() {}

    package func run(_ call: ProgramCall) async throws -> ProgramResult {
        guard let path = Self.locate(call.command, searching: call.environment["PATH"]) else {
            throw ProgramError.notFound
        }
        let stop = try Wakeup()
        let outcome = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // Waiting for a program blocks a thread, which must not be one of the few that tasks run on, nor one of
                // Dispatch's, which are as few: a program that hangs would have those of other clusters wait.
                do {
                    try LoopThread.start(name: "program") {
                        continuation.resume(with: Result { try ChildProcess.run(path, call, stop: stop) })
                    }
                } catch {
                    continuation.resume(throwing: ProgramError.notStarted("\(error)"))
                }
            }
        } onCancel: {
            stop.signal()
        }
        guard case .ended(let result) = outcome else { throw CancellationError() }
        return result
    }

    /// The path of the program. Relative folders in `PATH` are left out, as Go's `exec.LookPath` does, because they
    /// would let the current folder decide what is run.
    static func locate(_ command: String, searching path: String?) -> String? {
        if command.contains("/") { return isFile(command) ? command : nil }
        for folder in (path ?? "").split(separator: ":") where folder.hasPrefix("/") {
            let candidate = "\(folder)/\(command)"
            if isFile(candidate), access(candidate, X_OK) == 0 { return candidate }
        }
        return nil
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
