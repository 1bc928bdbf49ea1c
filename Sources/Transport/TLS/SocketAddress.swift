import CTransport
import Glibc

/// An IP address and a port, as the kernel takes them.
struct SocketAddress: Sendable, CustomStringConvertible {
    private var storage = sockaddr_storage()
    private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    init() {}

    /// - Parameter host: an IPv4 or IPv6 address; nil is returned for anything else.
    init?(host: String, port: UInt16) {
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if inet_pton(AF_INET, host, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            self.init(copying: &four, MemoryLayout<sockaddr_in>.size)
        } else if inet_pton(AF_INET6, host, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            self.init(copying: &six, MemoryLayout<sockaddr_in6>.size)
        } else {
            return nil
        }
    }

    /// Copies what a call of the system gave.
    init(copying address: UnsafeRawPointer, _ count: Int) {
        let bytes = UnsafeRawBufferPointer(start: address, count: count)
        withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
        length = socklen_t(count)
    }

    var family: Int32 { Int32(storage.ss_family) }

    var port: UInt16 {
        withPointer { pointer, _ in
            // Both families keep the port at the same place.
            UInt16(bigEndian: pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port })
        }
    }

    /// The address without the port.
    var host: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { name in
            let status = withPointer {
                getnameinfo($0, $1, name.baseAddress, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
            }
            guard status == 0, let start = name.baseAddress else { return "?" }
            return String(cString: start)
        }
    }

    /// Who counts as one client: an IPv4 address, also where it came by IPv6; of IPv6 the network, the first 64 bits, of
    /// which one client may have all addresses (RFC 6177).
    var peer: String {
        guard family == AF_INET6 else { return host }
        let bytes = withPointer { pointer, _ in
            pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { six in
                withUnsafeBytes(of: six.pointee.sin6_addr) { Array($0) }
            }
        }
        // RFC 4291, section 2.5.5.2.
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        if isMapped { return bytes.suffix(4).map { "\($0)" }.joined(separator: ".") }
        let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        return groups.joined(separator: ":") + "::/64"
    }

    var description: String { family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    func withPointer<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    mutating func withMutableStorage(
        _ body: (UnsafeMutablePointer<sockaddr_storage>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> Int32 {
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &length) { length in
            withUnsafeMutablePointer(to: &storage) { body($0, length) }
        }
    }
}
