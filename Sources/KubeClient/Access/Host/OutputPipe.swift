import Glibc

/// The reading end of a pipe and what has come through it, up to a limit; what comes after that is dropped.
struct OutputPipe: ~Copyable {
    private let descriptor: Int32
    private let limit: Int
    private var isAtEnd = false
    private(set) var bytes: [UInt8] = []
    private(set) var isOverLimit = false

    /// Takes over the descriptor, which does not block.
    init(_ descriptor: Int32, limit: Int) {
        self.descriptor = descriptor
        self.limit = limit
    }

    deinit {
        close(descriptor)
    }

    /// What to poll; negative, which is not polled, at the end.
    var polled: Int32 { isAtEnd ? -1 : descriptor }

    /// Takes what is there now, which is no more than a pipe holds: who keeps it full does not keep us here.
    mutating func drain() {
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        for _ in 0..<64 where !isAtEnd {
            let count = read(descriptor, &chunk, chunk.count)
            if count > 0 {
                keep(chunk[..<count])
            } else if count == 0 {
                isAtEnd = true
            } else if errno != EINTR {
                // Empty for now, or broken, which is an end too.
                isAtEnd = errno != EAGAIN
                return
            }
        }
    }

    private mutating func keep(_ chunk: ArraySlice<UInt8>) {
        let room = limit - bytes.count
        bytes += chunk.prefix(room)
        if chunk.count > room { isOverLimit = true }
    }
}
