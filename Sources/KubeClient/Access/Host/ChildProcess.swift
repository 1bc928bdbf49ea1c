import Glibc
internal import Transport

/// A running program: its two pipes are emptied as it writes, so that it never waits for us, until it ends, its time is
/// over, or it is stopped.
struct ChildProcess: ~Copyable {
    enum Outcome: Sendable {
        case ended(ProgramResult)
        case stopped
    }

    private static let diagnosticsLimit = 16 << 10

    private let pid: pid_t
    private var output: OutputPipe
    private var diagnostics: OutputPipe

    /// Runs a program in a process group of its own, which is killed as a whole if it must be.
    ///
    /// Blocks the calling thread.
    static func run(_ path: String, _ call: ProgramCall, stop: Wakeup) throws(ProgramError) -> Outcome {
        let exited = try Wakeup()
        let spawned = try SpawnedProgram.start(path, call)
        var child = ChildProcess(
            pid: spawned.pid,
            output: OutputPipe(spawned.output, limit: call.outputLimit),
            diagnostics: OutputPipe(spawned.diagnostics, limit: diagnosticsLimit)
        )
        return try child.follow(call, exited: exited, stop: stop)
    }

    private mutating func follow(_ call: ProgramCall, exited: Wakeup, stop: Wakeup) throws(ProgramError) -> Outcome {
        do {
            try Self.watch(pid, signalling: exited)
        } catch {
            kill(-pid, SIGKILL)
            _ = reap()
            throw .notStarted("\(error)")
        }
        let reason = waitForExit(deadline: ContinuousClock.now + call.timeLimit, exited: exited, stop: stop)
        // What it wrote last. Its own children may hold the pipes open; they are not waited for.
        output.drain()
        diagnostics.drain()
        let end = reap()
        switch reason {
        case .stopped: return .stopped
        case .timedOut: throw .timedOut(call.timeLimit)
        case .exited:
            guard !output.isOverLimit else { throw .tooMuchOutput(limit: call.outputLimit) }
            return .ended(ProgramResult(end: end, output: output.bytes, diagnostics: diagnostics.bytes))
        }
    }

    /// Signals when the program has ended, but leaves it unreaped: until then its process id is not given to another.
    private static func watch(_ pid: pid_t, signalling exited: Wakeup) throws(TransportError) {
        try LoopThread.start(name: "program-end") {
            var info = siginfo_t()
            while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            exited.signal()
        }
    }

    private enum Reason {
        case exited
        case timedOut
        case stopped
    }

    /// Empties the pipes until the program has ended, by itself or killed, and tells which.
    private mutating func waitForExit(deadline: ContinuousClock.Instant, exited: Wakeup, stop: Wakeup) -> Reason {
        var reason = Reason.exited
        while true {
            let isKilled = reason != .exited
            var interests = [
                pollfd(fd: exited.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output.polled, events: Int16(POLLIN), revents: 0),
                pollfd(fd: diagnostics.polled, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isKilled ? -1 : stop.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&interests, nfds_t(interests.count), isKilled ? -1 : Self.milliseconds(until: deadline))
            if interests[1].revents != 0 { output.drain() }
            if interests[2].revents != 0 { diagnostics.drain() }
            if interests[0].revents != 0 { return reason }
            guard !isKilled else { continue }
            if interests[3].revents != 0 {
                reason = .stopped
            } else if ContinuousClock.now >= deadline {
                reason = .timedOut
            }
            if reason != .exited { kill(-pid, SIGKILL) }
        }
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        // Rounded up, or the last fraction of a millisecond would be spent turning.
        return Int32(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
    }

    private func reap() -> ProgramResult.End {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? .exited(code: (status >> 8) & 0xFF) : .killed(signal: signal)
    }
}
