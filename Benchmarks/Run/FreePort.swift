import CTransport
import Glibc

/// A port of the loopback address for a program that must be told one.
enum FreePort {
    /// A port that nobody listens at now. Another program may take it before it is used; the trial says so then.
    static func any() throws(BenchmarkError) -> UInt16 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw BenchmarkError("no socket: error \(errno)") }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 ? getsockname(socket, address, &length) : -1
            }
        }
        guard result == 0 else { throw BenchmarkError("no free port: error \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }
}
