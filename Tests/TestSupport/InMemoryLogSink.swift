package import Observability
import Synchronization

/// Keeps log records for a test to look at.
package final class InMemoryLogSink: LogSink {
    private let state = Mutex<[LogRecord]>([])

    package init() {}

    package func write(_ record: LogRecord, as format: Logger.Format) {
        state.withLock { $0.append(record) }
    }

    /// What was logged so far, in order.
    package var records: [LogRecord] {
        state.withLock { $0 }
    }

    /// The messages of what was logged so far, in order.
    package var messages: [String] {
        records.map(\.message)
    }

    /// Waits until a message has been logged.
    package func wait(for message: String) async throws {
        while !messages.contains(message) { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// A logger that writes here, down to the least level.
    package func logger(label: String = "test") -> Logger {
        Logger(label: label, level: .trace, sink: self)
    }
}
