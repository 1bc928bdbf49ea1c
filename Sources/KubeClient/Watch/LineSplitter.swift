/// Cuts a stream of bytes into lines, whatever chunks it comes in. Pure.
package struct LineSplitter: Sendable {
    /// A line grew beyond the bound.
    package struct LineTooLong: Error, Equatable {
        package let limit: Int
    }

    /// Five times what etcd takes for an object, with the JSON around it.
    package static let defaultLimit = 8 << 20

    private let limit: Int
    private var buffer: [UInt8] = []
    /// The start of the first line that was not handed out, and how far it is known to have no end.
    private var start = 0
    private var searched = 0

    package init(limit: Int = LineSplitter.defaultLimit) {
        self.limit = limit
    }

    /// True if the stream so far ends within a line.
    package var hasUnfinishedLine: Bool { start < buffer.count }

    package mutating func append(_ chunk: [UInt8]) {
        if start == buffer.count {
            buffer = chunk
        } else {
            buffer.removeSubrange(..<start)
            buffer += chunk
        }
        searched -= start
        start = 0
    }

    /// The next whole line without its end; nil if more bytes are needed. Empty lines are left out.
    package mutating func next() throws(LineTooLong) -> ArraySlice<UInt8>? {
        while let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            defer { (start, searched) = (end + 1, end + 1) }
            guard end - start <= limit else { throw LineTooLong(limit: limit) }
            if end > start { return buffer[start..<end] }
        }
        searched = buffer.count
        guard buffer.count - start <= limit else { throw LineTooLong(limit: limit) }
        return nil
    }
}
