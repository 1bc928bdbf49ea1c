import CTransport
import Glibc
import Synchronization

/// Finds the addresses of hosts. The system's own look-up blocks, so it has a thread of its own for its time: at most one
/// for each name, however many ask for it.
final class NameResolver: Sendable {
    private typealias Waiter = CheckedContinuation<[SocketAddress], any Error>

    private let waiters = Mutex<[String: [Waiter]]>([:])

    /// - Throws: ``TransportError`` `.cannotConnect` for a name that is not known.
    func addresses(of host: String, port: UInt16) async throws -> [SocketAddress] {
        if let address = SocketAddress(host: host, port: port) { return [address] }
        return try await withCheckedThrowingContinuation { waiter in
            let key = "\(host):\(port)"
            let isFirst = waiters.withLock { waiters in
                waiters[key, default: []].append(waiter)
                return waiters[key]?.count == 1
            }
            if isFirst { start(host, port, key) }
        }
    }

    private func start(_ host: String, _ port: UInt16, _ key: String) {
        do throws(TransportError) {
            try LoopThread.start(name: "resolve") { [self] in
                finish(key, with: Result { () throws(TransportError) in try Self.lookUp(host, port) })
            }
        } catch {
            finish(key, with: .failure(error))
        }
    }

    private func finish(_ key: String, with result: Result<[SocketAddress], TransportError>) {
        let waiting = waiters.withLock { $0.removeValue(forKey: key) } ?? []
        for waiter in waiting { waiter.resume(with: result) }
    }

    private static func lookUp(_ host: String, _ port: UInt16) throws(TransportError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, "\(port)", &hints, &list)
        guard status == 0 else {
            throw TransportError(.cannotConnect, "\(host): \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr {
                addresses.append(SocketAddress(copying: address, Int(entry.pointee.ai_addrlen)))
            }
            next = entry.pointee.ai_next
        }
        return addresses
    }
}
