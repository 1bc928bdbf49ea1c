import CTransport
import Glibc

/// A small HTTP server for what operators' tools read of the process: metrics and health. Plain HTTP, GET only.
///
/// Bounded against whoever connects: at most ``connectionLimit`` connections, ``patience`` for each, heads of 8 KiB, one
/// request per connection. It serves nothing secret and takes nothing in; by default it is bound to loopback.
package final class StatusServer: Sendable {
    /// Answers a path; called on the server's thread, so it must be quick and must not block.
    package typealias Handler = @Sendable (_ path: String, _ query: String) -> StatusResponse

    static let connectionLimit = 32
    static let patience = Duration.seconds(10)

    /// The port that it listens on; the one that was given, or the one that the kernel chose for 0.
    package let port: UInt16
    private let listener: Int32
    private let wakeup: Wakeup
    private let end = ThreadEnd()

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - host: an IPv4 address.
    ///   - port: 0 for any.
    /// - Throws: ``TransportError`` when the address can't be bound.
    package init(host: String, port: UInt16, handler: @escaping Handler) throws(TransportError) {
        wakeup = try Wakeup()
        (listener, self.port) = try Self.listen(host: host, port: port)
        try LoopThread.start(name: "status") { [self] in
            serve(handler)
            end.announce()
        }
    }

    /// Closes all connections and the port; returns when the thread has ended.
    package func stop() async {
        wakeup.signal()
        await end.wait()
    }

    private static func listen(host: String, port: UInt16) throws(TransportError) -> (Int32, UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw TransportError(.invalidURL, "\(host) is no IPv4 address")
        }
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw TransportError(systemCall: "socket") }
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && Glibc.listen(listener, 16) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        guard isBound else {
            let error = TransportError(systemCall: "bind to \(host):\(port)")
            close(listener)
            throw error
        }
        return (listener, UInt16(bigEndian: address.sin_port))
    }
}

// MARK: - The thread

extension StatusServer {
    private func serve(_ handler: Handler) {
        var connections: [StatusConnection] = []
        while true {
            var descriptors = [
                pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener, events: connections.count < Self.connectionLimit ? Int16(POLLIN) : 0, revents: 0),
            ]
            descriptors += connections.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
            // An interrupted or empty poll only means another turn.
            _ = poll(&descriptors, nfds_t(descriptors.count), connections.isEmpty ? -1 : 1000)
            guard descriptors[0].revents == 0 else { break }
            let now = ContinuousClock.now
            for index in connections.indices where descriptors[index + 2].revents != 0 {
                connections[index].proceed(handler)
            }
            connections = connections.filter { connection in
                let stays = !connection.isDone && connection.deadline > now
                if !stays { close(connection.descriptor) }
                return stays
            }
            if descriptors[1].revents != 0 { accept(into: &connections, now: now) }
        }
        for connection in connections { close(connection.descriptor) }
        close(listener)
    }

    private func accept(into connections: inout [StatusConnection], now: ContinuousClock.Instant) {
        while connections.count < Self.connectionLimit {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { return }  // Nobody waits any more, or the one that did has gone.
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            connections.append(StatusConnection(descriptor: descriptor, deadline: now + Self.patience))
        }
    }
}

/// One connection of the ``StatusServer``: reads a request, writes the answer.
private struct StatusConnection {
    let descriptor: Int32
    let deadline: ContinuousClock.Instant
    private var input: [UInt8] = []
    private var output: ArraySlice<UInt8>?
    private(set) var isDone = false

    init(descriptor: Int32, deadline: ContinuousClock.Instant) {
        self.descriptor = descriptor
        self.deadline = deadline
    }

    var events: Int16 { Int16(output == nil ? POLLIN : POLLOUT) }

    mutating func proceed(_ handler: StatusServer.Handler) {
        if output == nil { receive(handler) }
        if output != nil { send() }
    }

    private mutating func receive(_ handler: StatusServer.Handler) {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else {
            isDone = count == 0 || (errno != EAGAIN && errno != EINTR)
            return
        }
        input += chunk[..<count]
        switch StatusRequest(input) {
        case .incomplete: return
        case .refused(let status):
            output = StatusResponse(status: status, body: "\(status)\n").bytes(withBody: true)[...]
        case .read(let path, let query, let isHead):
            output = handler(path, query).bytes(withBody: !isHead)[...]
        }
    }

    private mutating func send() {
        while let rest = output, !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else {
                isDone = errno != EAGAIN && errno != EINTR
                return
            }
            output = rest.dropFirst(count)
        }
        isDone = true
    }
}
