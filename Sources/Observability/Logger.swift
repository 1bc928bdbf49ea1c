/// Writes what happens, one line per event, for people and for machines.
///
/// The message is a constant; everything that varies goes into the metadata, where it is quoted and can be searched for.
/// A logger is a value: pass it on, with `with(_:)` for the context that the receiver adds. Never log object bodies,
/// tokens or environment variables.
package struct Logger: Sendable {
    /// How much a person has to care, from the least to the most.
    package enum Level: String, Sendable, CaseIterable, Comparable {
        /// Bytes and single events.
        case trace
        /// One line per decision.
        case debug
        /// What an operator wants to know of a healthy process.
        case info
        /// Something is wrong that the process deals with.
        case warning
        /// Something is wrong that a person must deal with.
        case error

        package static func < (left: Level, right: Level) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int {
            switch self {
            case .trace: 0
            case .debug: 1
            case .info: 2
            case .warning: 3
            case .error: 4
            }
        }
    }

    /// How a line looks.
    package enum Format: String, Sendable, CaseIterable {
        /// As klog writes it: `I0102 15:04:05.000000 1 File.swift:12] "Message" key="value"`, in UTC.
        case text
        /// One JSON object: `ts` (milliseconds since 1970), `level`, `logger`, `msg`, `caller` and the metadata.
        case json
    }

    package let label: String
    package let level: Level
    private let format: Format
    private let sink: any LogSink
    private let metadata: [String: String]
    private let now: @Sendable () -> Duration

    /// - Parameters:
    ///   - label: the part of the program that speaks.
    ///   - level: what is below it is not even built.
    ///   - metadata: goes with every record.
    ///   - now: wall time since 1970-01-01 UTC.
    package init(
        label: String,
        level: Level = .info,
        format: Format = .text,
        sink: any LogSink = StandardErrorSink(),
        metadata: [String: String] = [:],
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch
    ) {
        self.label = label
        self.level = level
        self.format = format
        self.sink = sink
        self.metadata = metadata
        self.now = now
    }

    /// A logger that adds to the metadata of this one; the new value of a key wins.
    package func with(_ metadata: [String: String]) -> Logger {
        copy(label: label, metadata: self.metadata.merging(metadata) { _, new in new })
    }

    /// The same logger for another part of the program.
    package func labelled(_ label: String) -> Logger {
        copy(label: label, metadata: metadata)
    }

    private func copy(label: String, metadata: [String: String]) -> Logger {
        Logger(label: label, level: level, format: format, sink: sink, metadata: metadata, now: now)
    }

    /// Writes one record, if its level is high enough; the metadata is only built then.
    package func log(
        _ level: Level,
        _ message: StaticString,
        _ metadata: @autoclosure () -> [String: String] = [:],
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        guard level >= self.level else { return }
        let record = LogRecord(
            time: now(),
            level: level,
            label: label,
            message: message.description,
            metadata: self.metadata.merging(metadata()) { _, new in new },
            file: file.description.split(separator: "/").last.map(String.init) ?? "",
            line: Int(line)
        )
        sink.write(record, as: format)
    }
}
