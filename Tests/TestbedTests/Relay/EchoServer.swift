import Foundation
import Glibc

@testable import Testbed

/// Sends back what it gets, on a thread per connection, and closes when the client has said all it had to say.
final class EchoServer: Sendable {
    let endpoint: Endpoint
    private let listener: FileDescriptor

    init(at host: String) throws {
        endpoint = Endpoint(host: host, port: try Sockets.freePort(at: host, from: 27000))
        listener = try Sockets.listen(at: endpoint, sharing: true)
        _ = fcntl(listener.number, F_SETFL, 0)
        let number = listener.number
        Thread {
            while case let client = accept(number, nil, nil), client >= 0 {
                Thread { Self.serve(client) }.start()
            }
        }.start()
    }

    /// Ends the thread that accepts.
    func stop() {
        _ = shutdown(listener.number, Int32(SHUT_RDWR))
    }

    private static func serve(_ client: Int32) {
        defer { close(client) }
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = recv(client, &buffer, buffer.count, 0), count > 0 {
            var sent = 0
            while sent < count {
                let more = buffer[sent..<count].withUnsafeBytes {
                    send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard more > 0 else { return }
                sent += more
            }
        }
    }
}

/// A blocking connection; what takes longer than ten seconds fails.
final class TestConnection {
    /// A call on the socket failed.
    struct Failure: Error, Equatable {
        let number: Int32
    }

    private let socket: FileDescriptor

    init(to endpoint: Endpoint) throws {
        socket = try Sockets.connect(to: endpoint)
        var ready = pollfd(fd: socket.number, events: Int16(POLLOUT), revents: 0)
        guard poll(&ready, 1, 10_000) == 1 else { throw Failure(number: ETIMEDOUT) }
        let error = Sockets.pendingError(of: socket.number)
        guard error == 0 else { throw Failure(number: error) }
        _ = fcntl(socket.number, F_SETFL, 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        _ = setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let more = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard more > 0 else { throw Failure(number: errno) }
            sent += more
        }
    }

    func sendEnd() {
        _ = shutdown(socket.number, Int32(SHUT_WR))
    }

    /// Reads so many bytes, or up to the end.
    func receive(_ count: Int) throws -> [UInt8] {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while received.count < count {
            let more = recv(socket.number, &buffer, min(buffer.count, count - received.count), 0)
            guard more >= 0 else { throw Failure(number: errno) }
            if more == 0 { break }
            received += buffer[..<more]
        }
        return received
    }

    /// Whether there is something to read now.
    var hasInput: Bool {
        var ready = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
        return poll(&ready, 1, 0) == 1
    }
}
