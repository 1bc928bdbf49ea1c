import Glibc

/// Something to wait for with `poll`: readable once it has been signalled.
final class Wakeup: Sendable {
    /// The end to poll.
    let descriptor: Int32
    private let writeEnd: Int32

    init() throws(ProgramError) {
        (descriptor, writeEnd) = try Pipe.make()
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    func signal() {
        var byte: UInt8 = 0
        // A full pipe is readable already.
        _ = write(writeEnd, &byte, 1)
    }
}

/// Pipes that child programs do not inherit.
enum Pipe {
    static func make() throws(ProgramError) -> (readEnd: Int32, writeEnd: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .notStarted(String(cString: strerror(errno))) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return (ends[0], ends[1])
    }
}
