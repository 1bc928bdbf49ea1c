import Synchronization

/// The only thing that a loop's thread shares with everybody else: commands for it, in the order they are to be done.
final class CommandInbox<Command: Sendable>: Sendable {
    private struct State {
        var commands: [Command] = []
        var isClosed = false
        var lastNumber: UInt64 = 0
    }

    private let state = Mutex(State())
    private let wakeup: Wakeup

    init() throws(TransportError) {
        wakeup = try Wakeup()
    }

    /// What the loop waits for besides sockets.
    var descriptor: Int32 { wakeup.descriptor }

    /// A number that names nothing else of the loop.
    func makeNumber() -> UInt64 {
        state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
    }

    /// - Returns: false if the loop takes no more commands; then nothing will come of this one.
    @discardableResult
    func submit(_ command: Command) -> Bool {
        let (isTaken, isFirst) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.commands.append(command)
            return (true, state.commands.count == 1)
        }
        // A command behind another one finds the loop already called.
        if isFirst { wakeup.signal() }
        return isTaken
    }

    /// Lets no more commands in and tells the loop to end.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeup.signal()
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// For the loop: forgets past signals. Before `drain`, or a command in between would be slept over.
    func acknowledge() { wakeup.clear() }

    /// For the loop: what is to be done now.
    func drain() -> (commands: [Command], isClosed: Bool) {
        state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.isClosed)
        }
    }
}
