import Glibc

extension TransportError {
    /// For a system call that has just failed on this thread.
    init(systemCall name: String) {
        self.init(.system, "\(name): \(String(cString: strerror(errno)))")
    }
}
