/// One event in the log, before it is written in any format.
package struct LogRecord: Sendable, Equatable {
    /// Wall time since 1970-01-01 UTC.
    package var time: Duration
    package var level: Logger.Level
    /// The part of the program that speaks.
    package var label: String
    /// The constant text: what happened, without any data.
    package var message: String
    /// The data.
    package var metadata: [String: String]
    /// The file name without its path.
    package var file: String
    package var line: Int

    package init(
        time: Duration,
        level: Logger.Level,
        label: String,
        message: String,
        metadata: [String: String],
        file: String,
        line: Int
    ) {
        self.time = time
        self.level = level
        self.label = label
        self.message = message
        self.metadata = metadata
        self.file = file
        self.line = line
    }
}
