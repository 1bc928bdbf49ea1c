import Glibc

/// The signals that the operating system sends to the process.
package enum Signals {
    /// The signals, as they come, from the time of this call on. While the stream lives they do not end the process;
    /// when the last stream for a signal ends, what was in force before comes back.
    ///
    /// Holds the first 16 signals that nobody has read yet and drops those after them: a reader that far behind has
    /// been told often enough.
    package static func stream(_ signals: [Int32]) -> AsyncStream<Int32> {
        AsyncStream(bufferingPolicy: .bufferingOldest(16)) { continuation in
            let subscription = SignalHub.shared.subscribe(to: Set(signals)) { continuation.yield($0) }
            continuation.onTermination = { @Sendable _ in SignalHub.shared.cancel(subscription) }
        }
    }

    /// Ignores a signal for the rest of the process. For `SIGPIPE`: a closed connection is an error of the write, not
    /// the end of the process.
    package static func ignore(_ signal: Int32) {
        _ = Glibc.signal(signal, SIG_IGN)
    }
}

/// Turns signals into a stop: the first one asks for the graceful stop, the second for the stop at once.
///
/// Must be the first member of its group, so that it is the last to stop and the second signal is still heard.
package struct StopOnSignals: Service {
    private let signals: AsyncStream<Int32>
    private let stop: ShutdownSignal
    private let abort: ShutdownSignal
    private let onSignal: @Sendable (Int32) -> Void

    /// - Parameters:
    ///   - signals: usually `Signals.stream([SIGTERM, SIGINT])`, made early so that none is missed.
    ///   - onSignal: told each signal before it acts, for the log and the exit code.
    package init(
        _ signals: AsyncStream<Int32>,
        stop: ShutdownSignal,
        abort: ShutdownSignal,
        onSignal: @escaping @Sendable (Int32) -> Void = { _ in }
    ) {
        self.signals = signals
        self.stop = stop
        self.abort = abort
        self.onSignal = onSignal
    }

    package func run() async throws {
        _ = try await cancelOnShutdown {
            for await signal in signals {
                onSignal(signal)
                if stop.isTriggered { abort.trigger() } else { stop.trigger() }
            }
        }
    }
}
