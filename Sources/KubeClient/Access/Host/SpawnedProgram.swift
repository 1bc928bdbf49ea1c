import Glibc
import Synchronization

/// A program that has been started, with the reading ends of its output.
struct SpawnedProgram {
    let pid: pid_t
    let output: Int32
    let diagnostics: Int32

    /// Held from the making of the pipes to the start: another program that starts in between would inherit them
    /// before they are marked as not to be inherited.
    private static let starting = Mutex(())

    static func start(_ path: String, _ call: ProgramCall) throws(ProgramError) -> SpawnedProgram {
        let result: Result<SpawnedProgram, ProgramError> = starting.withLock { _ in
            Result { () throws(ProgramError) in try startAlone(path, call) }
        }
        return try result.get()
    }

    private static func startAlone(_ path: String, _ call: ProgramCall) throws(ProgramError) -> SpawnedProgram {
        let output = try Pipe.make()
        defer { close(output.writeEnd) }
        let diagnostics: (readEnd: Int32, writeEnd: Int32)
        do {
            diagnostics = try Pipe.make()
        } catch {
            close(output.readEnd)
            throw error
        }
        defer { close(diagnostics.writeEnd) }
        do {
            let pid = try spawn(path, call, output: output.writeEnd, diagnostics: diagnostics.writeEnd)
            return SpawnedProgram(pid: pid, output: output.readEnd, diagnostics: diagnostics.readEnd)
        } catch {
            close(output.readEnd)
            close(diagnostics.readEnd)
            throw error
        }
    }

    private static func spawn(
        _ path: String,
        _ call: ProgramCall,
        output: Int32,
        diagnostics: Int32
    ) throws(ProgramError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, diagnostics, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        setOwnGroupAndDefaultSignals(&attributes)
        var pid: pid_t = 0
        let failure = withCStrings([path] + call.arguments) { arguments in
            withCStrings(call.environment.map { "\($0)=\($1)" }) { environment in
                posix_spawn(&pid, path, &actions, &attributes, arguments, environment)
            }
        }
        guard failure == 0 else { throw .notStarted(String(cString: strerror(failure))) }
        return pid
    }

    /// A server ignores signals that a program may count on, such as `SIGPIPE`.
    private static func setOwnGroupAndDefaultSignals(_ attributes: inout posix_spawnattr_t) {
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
        )
    }

    /// Calls `body` with the texts as C has them: addresses, and a null at the end.
    private static func withCStrings<Answer>(
        _ texts: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Answer
    ) -> Answer {
        let copies = texts.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}
