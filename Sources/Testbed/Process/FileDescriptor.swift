import Glibc

/// Owns an open file of the process: closed when the owner goes.
struct FileDescriptor: ~Copyable, Sendable {
    let number: Int32

    init(owning number: Int32) {
        self.number = number
    }

    deinit {
        // Nothing to do about a failure: the descriptor is gone in any case.
        _ = close(number)
    }
}

extension FileDescriptor {
    /// Opens a file; it is not handed down to programs that this process starts.
    ///
    /// - Parameter flags: as for open(2); `O_CLOEXEC` is added.
    init(path: String, flags: Int32, mode: mode_t = 0o600) throws(TestbedError) {
        let number = open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw TestbedError(.file, "cannot open \(path)", underlying: SystemError()) }
        self.init(owning: number)
    }
}
