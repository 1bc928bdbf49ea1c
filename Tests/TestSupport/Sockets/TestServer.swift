import CTransport
import Foundation
import Glibc
import Synchronization
import Transport

/// A server on loopback that does with each connection what a script says, on a thread of its own.
package final class TestServer: Sendable {
    package typealias Script = @Sendable (_ connection: TestConnection, _ index: Int) -> Void

    package let port: UInt16
    private let listener: Int32
    private let tls: TestTLS?
    private let accepted = Mutex(0)
    private let script: Script

    package init(tls: TestTLS? = nil, script: @escaping Script) throws {
        (listener, port) = try Self.listen()
        self.tls = tls
        self.script = script
        let (listener, accept) = (listener, { @Sendable [weak self] socket in self?.serve(socket) ?? false })
        Thread.detachNewThread {
            Self.maskSignals()
            while case let socket = Glibc.accept(listener, nil, nil), socket >= 0 {
                if !accept(socket) { Glibc.close(socket) }
            }
            Glibc.close(listener)
        }
    }

    deinit {
        // Makes accept return; the thread closes the socket then.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    package var url: String { "\(tls == nil ? "http" : "https")://127.0.0.1:\(port)" }

    /// How many connections there have been.
    package var connectionCount: Int { accepted.withLock { $0 } }

    private func serve(_ socket: Int32) -> Bool {
        let index = accepted.withLock { count in
            defer { count += 1 }
            return count
        }
        let (tls, script) = (tls, script)
        Thread.detachNewThread {
            Self.maskSignals()
            guard let tls else { return script(TestConnection(socket: socket, tls: nil), index) }
            guard let session = tls.accept(socket) else { return }
            script(TestConnection(socket: socket, tls: session), index)
        }
        return true
    }

    /// Writing to a client that is gone is an error of that write.
    private static func maskSignals() {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, nil)
    }

    /// A port of loopback on which nobody listens, which stays so for as long as the socket is open.
    package static func closedPort() throws -> (socket: Int32, port: UInt16) {
        try bound()
    }

    private static func listen() throws -> (Int32, UInt16) {
        let (socket, port) = try bound()
        guard Glibc.listen(socket, 64) == 0 else { throw TestServerError() }
        return (socket, port)
    }

    private static func bound() throws -> (Int32, UInt16) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let name = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            guard bind(socket, name, size) == 0 else { return -1 }
            return getsockname(socket, name, &size)
        }
        guard socket >= 0, status == 0 else { throw TestServerError() }
        return (socket, UInt16(bigEndian: address.sin_port))
    }
}

package struct TestServerError: Error {}
