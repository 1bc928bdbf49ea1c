import Glibc

extension Logger.Format {
    /// The record as one line, without its end; no value can break out of it.
    package func render(_ record: LogRecord) -> String {
        switch self {
        case .text: record.text
        case .json: record.json
        }
    }
}

extension LogRecord {
    fileprivate var text: String {
        var line = level.initial + textTime + " \(getpid()) \(file):\(self.line)] "
        line.appendQuoted(message)
        line += " logger="
        line.appendQuoted(label)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " " + LogRecord.textKey(key) + "="
            line.appendQuoted(value)
        }
        return line
    }

    fileprivate var json: String {
        var line = "{\"ts\":" + milliseconds + ",\"level\":\"\(level.rawValue)\",\"logger\":"
        line.appendQuoted(label)
        line += ",\"msg\":"
        line.appendQuoted(message)
        line += ",\"caller\":"
        line.appendQuoted("\(file):\(self.line)")
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += ","
            line.appendQuoted(LogRecord.reservedKeys.contains(key) ? "metadata." + key : key)
            line += ":"
            line.appendQuoted(value)
        }
        return line + "}"
    }

    /// The keys that a JSON line has of its own; metadata must not give a key twice.
    private static let reservedKeys: Set<String> = ["ts", "level", "logger", "msg", "caller"]

    /// A key stands bare in text, so whatever could be taken for its end is replaced.
    private static func textKey(_ key: String) -> String {
        String(key.map { $0.isLetter || $0.isNumber || "._-/".contains($0) ? $0 : "_" })
    }

    private var microseconds: (seconds: Int64, fraction: Int64) {
        let (seconds, attoseconds) = time.components
        return (seconds, attoseconds / 1_000_000_000_000)
    }

    /// `0102 15:04:05.000000`, in UTC.
    private var textTime: String {
        let (seconds, fraction) = microseconds
        var clock = time_t(seconds)
        var parts = tm()
        gmtime_r(&clock, &parts)
        let date = padded(Int64(parts.tm_mon) + 1, 2) + padded(Int64(parts.tm_mday), 2)
        let hours = padded(Int64(parts.tm_hour), 2) + ":" + padded(Int64(parts.tm_min), 2)
        return date + " " + hours + ":" + padded(Int64(parts.tm_sec), 2) + "." + padded(fraction, 6)
    }

    /// `1700000000000.123`.
    private var milliseconds: String {
        let (seconds, fraction) = microseconds
        return "\(seconds * 1000 + fraction / 1000)." + padded(fraction % 1000, 3)
    }
}

extension Logger.Level {
    /// klog knows I, W and E; debug and trace have a letter of their own instead of a verbosity.
    fileprivate var initial: String {
        rawValue.prefix(1).uppercased()
    }
}

/// The number with leading zeros up to the width.
private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
