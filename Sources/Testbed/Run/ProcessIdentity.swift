import Foundation

/// A process for all time: its id, and when it started, because ids are used again.
package struct ProcessIdentity: Sendable, Hashable {
    package let id: Int32
    /// Clock ticks after the machine's start: field 22 of /proc/<id>/stat, proc(5).
    package let startTime: UInt64

    package init(id: Int32, startTime: UInt64) {
        self.id = id
        self.startTime = startTime
    }

    /// The process that has this id now; nil if there is none.
    package init?(running id: Int32) {
        guard let data = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return nil }
        guard let startTime = Self.startTime(inStat: String(decoding: data, as: UTF8.self)) else { return nil }
        self.init(id: id, startTime: startTime)
    }

    /// True while this very process runs.
    package var isRunning: Bool {
        ProcessIdentity(running: id) == self
    }

    /// Reads the start time from the text of a stat file. The program's name comes second, in parentheses, and may
    /// itself hold spaces and parentheses.
    static func startTime(inStat text: String) -> UInt64? {
        guard let nameEnd = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 19 else { return nil }
        return UInt64(fields[19])
    }
}
