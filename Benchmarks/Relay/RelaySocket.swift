import CTransport
import Glibc

/// TCP sockets of IPv4 that never block, by their descriptors.
enum RelaySocket {
    /// A socket that is connecting: what is done with it next waits for that.
    static func connecting(to host: String, port: UInt16) throws(BenchmarkError) -> Int32 {
        let descriptor = try make()
        let status = try withAddress(host, port) { Glibc.connect(descriptor, $0, $1) }
        guard status == 0 || errno == EINPROGRESS else {
            close(descriptor)
            throw BenchmarkError("nobody listens at \(host):\(port)")
        }
        return descriptor
    }

    static func listening(at host: String, port: UInt16) throws(BenchmarkError) -> Int32 {
        let descriptor = try make()
        let status = try withAddress(host, port) { bind(descriptor, $0, $1) == 0 ? listen(descriptor, 512) : -1 }
        guard status == 0 else {
            close(descriptor)
            throw BenchmarkError("\(host):\(port) is taken")
        }
        return descriptor
    }

    /// The next connection that waits; nil if none does.
    static func accept(_ listener: Int32) -> Int32? {
        var peer = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = mt_accept(listener, &peer, &length)
        guard descriptor >= 0 else { return nil }
        sendAtOnce(descriptor)
        return descriptor
    }

    private static func make() throws(BenchmarkError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw BenchmarkError("no socket: error \(errno)") }
        sendAtOnce(descriptor)
        return descriptor
    }

    /// As martlet has it for its streams.
    private static func sendAtOnce(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func withAddress(
        _ host: String,
        _ port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(BenchmarkError) -> Int32 {
        var address = sockaddr_in()
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw BenchmarkError("\(host) is no IPv4 address")
        }
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
