/// Where log records go.
package protocol LogSink: Sendable {
    /// Takes one record. Called from any thread, never under a lock of the caller.
    func write(_ record: LogRecord, as format: Logger.Format)
}
