import Dispatch
import Glibc
import Synchronization

/// The one place that installs signal handlers: they belong to the process, so this is a singleton by nature.
///
/// The handler may do next to nothing, so it writes the number of the signal into a pipe (the classic self-pipe), and a
/// dispatch source hands it to the subscribers.
final class SignalHub: Sendable {
    static let shared = SignalHub()

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "signals")

    /// Calls `receive` on a queue of its own for each of the signals until the subscription is cancelled.
    func subscribe(to signals: Set<Int32>, _ receive: @escaping @Sendable (Int32) -> Void) -> UInt64 {
        // Handlers change under the lock: two subscriptions to one signal must agree on which handler was there first.
        state.withLock { state in
            if state.source == nil { state.source = makeSource() }
            return state.subscribe(to: signals, receive)
        }
    }

    func cancel(_ subscription: UInt64) {
        state.withLock { $0.cancel(subscription) }
    }

    private func makeSource() -> any DispatchSourceRead {
        let readEnd = SignalPipe.open()
        let source = DispatchSource.makeReadSource(fileDescriptor: readEnd, queue: queue)
        source.setEventHandler { @Sendable [self] in
            for signal in SignalPipe.drain(readEnd) {
                for receive in state.withLock({ $0.receivers(of: signal) }) { receive(signal) }
            }
        }
        source.resume()
        return source
    }
}

extension SignalHub {
    private struct State {
        private struct Subscription {
            let signals: Set<Int32>
            let receive: @Sendable (Int32) -> Void
        }

        var source: (any DispatchSourceRead)?
        private var subscriptions: [UInt64: Subscription] = [:]
        /// What was in force before the first subscription to each signal.
        private var previous: [Int32: sigaction] = [:]
        private var nextID: UInt64 = 0

        mutating func subscribe(to signals: Set<Int32>, _ receive: @escaping @Sendable (Int32) -> Void) -> UInt64 {
            defer { nextID += 1 }
            subscriptions[nextID] = Subscription(signals: signals, receive: receive)
            for signal in signals where previous[signal] == nil {
                previous[signal] = SignalPipe.install(for: signal)
            }
            return nextID
        }

        mutating func cancel(_ id: UInt64) {
            guard let ended = subscriptions.removeValue(forKey: id) else { return }
            for signal in ended.signals where receivers(of: signal).isEmpty {
                guard var former = previous.removeValue(forKey: signal) else { continue }
                sigaction(signal, &former, nil)
            }
        }

        func receivers(of signal: Int32) -> [@Sendable (Int32) -> Void] {
            subscriptions.values.filter { $0.signals.contains(signal) }.map(\.receive)
        }
    }
}

/// The pipe between the signal handler and the rest of the process; both ends live as long as the process.
private enum SignalPipe {
    /// Read by the handler: a lock-free load is among the few things it may do. −1 until the pipe is there.
    static let writeEnd = Atomic<Int32>(-1)

    /// Makes the pipe, non-blocking and not inherited by child programs, and returns the end to read from.
    static func open() -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            preconditionFailure("no pipe for signals: error \(errno)")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        writeEnd.store(ends[1], ordering: .releasing)
        return ends[0]
    }

    /// Installs the handler that writes into the pipe and returns what was there before.
    static func install(for signal: Int32) -> sigaction {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in
            let savedError = errno
            var byte = UInt8(truncatingIfNeeded: signal)
            // A full pipe already holds thousands of signals, and a handler has nobody to tell.
            _ = write(SignalPipe.writeEnd.load(ordering: .acquiring), &byte, 1)
            errno = savedError
        }
        action.sa_flags = SA_RESTART
        var former = sigaction()
        guard sigaction(signal, &action, &former) == 0 else {
            preconditionFailure("signal \(signal) cannot be handled: error \(errno)")
        }
        return former
    }

    /// The signals in the pipe; none when it is empty.
    static func drain(_ readEnd: Int32) -> [Int32] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(readEnd, &bytes, bytes.count)
        return bytes.prefix(max(count, 0)).map(Int32.init)
    }
}
