extension Logger {
    /// Logs at `Level.trace`.
    package func trace(
        _ message: StaticString,
        _ metadata: @autoclosure () -> [String: String] = [:],
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        log(.trace, message, metadata(), file: file, line: line)
    }

    /// Logs at `Level.debug`.
    package func debug(
        _ message: StaticString,
        _ metadata: @autoclosure () -> [String: String] = [:],
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        log(.debug, message, metadata(), file: file, line: line)
    }

    /// Logs at `Level.info`.
    package func info(
        _ message: StaticString,
        _ metadata: @autoclosure () -> [String: String] = [:],
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        log(.info, message, metadata(), file: file, line: line)
    }

    /// Logs at `Level.warning`.
    package func warning(
        _ message: StaticString,
        _ metadata: @autoclosure () -> [String: String] = [:],
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        log(.warning, message, metadata(), file: file, line: line)
    }

    /// Logs at `Level.error`.
    package func error(
        _ message: StaticString,
        _ metadata: @autoclosure () -> [String: String] = [:],
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        log(.error, message, metadata(), file: file, line: line)
    }
}
