import Glibc
import Synchronization

/// Writes lines to a file descriptor, by default standard error, without buffering: what is logged is out.
package final class StandardErrorSink: LogSink {
    private let fileDescriptor: Int32
    /// Held while writing, so that a line longer than the pipe takes at once is not torn apart by another.
    private let lost = Mutex(0)

    package init(fileDescriptor: Int32 = STDERR_FILENO) {
        self.fileDescriptor = fileDescriptor
    }

    package func write(_ record: LogRecord, as format: Logger.Format) {
        var line = Array(format.render(record).utf8)
        line.append(UInt8(ascii: "\n"))
        lost.withLock { lost in
            // Nowhere is left to report a log that cannot be written, so it is counted.
            if !writeAll(line) { lost += 1 }
        }
    }

    /// The number of lines that could not be written in full.
    package var lostLines: Int {
        lost.withLock { $0 }
    }

    private func writeAll(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(fileDescriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                guard waitUntilWritable() else { return false }
            } else if count == 0 || errno != EINTR {
                return false
            }
        }
        return true
    }

    /// A terminal shared with another program may have been made non-blocking by it; a second is enough for any reader.
    private func waitUntilWritable() -> Bool {
        var interest = pollfd(fd: fileDescriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&interest, 1, 1000) > 0
    }
}
