import Synchronization

/// The only thing that the loop's thread shares with everybody else: commands for it, in the order they are to be done.
final class TransferInbox: Sendable {
    enum Command: Sendable {
        case start(TransferRequest, any TransferReceiver)
        case cancel(TransferID)
        case resume(TransferID)
    }

    private struct State {
        var commands: [Command] = []
        var isClosed = false
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())
    private let wakeup: Wakeup

    init() throws(TransportError) {
        wakeup = try Wakeup()
    }

    /// What the loop waits for besides sockets.
    var descriptor: Int32 { wakeup.descriptor }

    func makeID() -> TransferID {
        state.withLock { state in
            state.lastID += 1
            return TransferID(number: state.lastID)
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
    func acknowledge() {
        wakeup.clear()
    }

    /// For the loop: what is to be done now.
    func drain() -> (commands: [Command], isClosed: Bool) {
        state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.isClosed)
        }
    }
}

/// Names one transfer of one loop.
struct TransferID: Hashable, Sendable {
    let number: UInt64
}
