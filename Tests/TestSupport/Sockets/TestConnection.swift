import CTransport
import Glibc

/// A server's end of one connection, blocking, for scripts that say byte by byte what a server does. TLS or not.
package final class TestConnection {
    private let socket: Int32
    private let tls: OpaquePointer?
    private var isOpen = true

    package init(socket: Int32, tls: OpaquePointer?) {
        self.socket = socket
        self.tls = tls
    }

    deinit {
        close()
        SSL_free(tls)
    }

    /// Ends the connection; a TCP reset if the client has sent what was not read.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(socket)
    }

    /// Ends the connection as a well-behaved server does.
    package func closeCleanly() {
        if let tls { SSL_shutdown(tls) }
        close()
    }

    /// - Returns: false once the client is gone.
    @discardableResult
    package func write(_ text: String) -> Bool {
        write(Array(text.utf8))
    }

    /// - Returns: false once the client is gone.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { buffer in
                tls.map { Int(SSL_write($0, buffer.baseAddress, Int32(buffer.count))) }
                    ?? send(socket, buffer.baseAddress, buffer.count, 0)
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Writes what the client takes; stops when it has taken nothing for `patience`.
    ///
    /// - Returns: how much was written.
    package func write(_ bytes: [UInt8], untilStalledFor patience: Duration) -> Int {
        var done = 0
        while done < bytes.count {
            var wish = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
            guard poll(&wish, 1, Int32(patience / .milliseconds(1))) == 1 else { return done }
            let count = bytes[done...].withUnsafeBytes { buffer in
                // A record of TLS goes out whole once there is room for some of it, or a little later.
                tls.map { Int(SSL_write($0, buffer.baseAddress, Int32(min(buffer.count, 16 << 10)))) }
                    ?? send(socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            }
            guard count > 0 else { return done }
            done += count
        }
        return done
    }

    /// Whether the client's machine has all that was written; it need not have been read there.
    package var isDelivered: Bool {
        var count: Int32 = 0
        return ioctl(socket, UInt(TIOCOUTQ), &count) == 0 && count == 0
    }

    /// The next request, head and body; nil once the client is gone.
    package func readRequest() -> TestRequest? {
        var bytes: [UInt8] = []
        while true {
            if let request = TestRequest(bytes) { return request }
            guard let more = read() else { return nil }
            bytes += more
        }
    }

    /// Returns when the client has closed the connection.
    package func waitForEnd() {
        while read() != nil {}
    }

    /// Goes on with TLS, as a proxy's tunnel does.
    ///
    /// - Returns: nil if the handshake fails. This connection is of no use any more.
    package func startTLS(_ server: TestTLS) -> TestConnection? {
        isOpen = false
        return server.accept(socket).map { TestConnection(socket: socket, tls: $0) }
    }

    /// The common name of the client's certificate.
    package var clientName: String? {
        guard let tls, let certificate = SSL_get1_peer_certificate(tls) else { return nil }
        defer { X509_free(certificate) }
        var text = [CChar](repeating: 0, count: 256)
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, &text, Int32(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The name that the client asked for by TLS.
    package var askedName: String? {
        tls.flatMap { SSL_get_servername($0, TLSEXT_NAMETYPE_host_name) }.map { String(cString: $0) }
    }

    package func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count =
            tls.map { Int(SSL_read($0, &buffer, Int32(buffer.count))) } ?? recv(socket, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }
}
