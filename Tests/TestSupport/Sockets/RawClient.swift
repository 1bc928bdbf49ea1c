import Foundation
import Glibc
import Testing

/// A client's end of a plain connection that sends and receives bytes as they are. It blocks, and so on threads of its
/// own: those of the tasks are what the servers under test run on, and those of Dispatch are as few.
package final class RawClient: Sendable {
    private let descriptor: Int32

    package init(port: UInt16) throws {
        descriptor = socket(AF_INET, 1, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let descriptor = descriptor
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
    }

    deinit {
        close(descriptor)
    }

    private func offload<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }

    package func send(_ text: String) async { await send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) async {
        await offload { [self] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, 0x4000) }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// What comes next; nil at the end.
    package func receive(_ limit: Int = 65_536) async -> [UInt8]? {
        await offload { [self] in
            var chunk = [UInt8](repeating: 0, count: limit)
            let count = recv(descriptor, &chunk, limit, 0)
            return count > 0 ? Array(chunk[..<count]) : nil
        }
    }

    /// What comes until a text has come, or the end.
    package func receive(until text: String) async -> String {
        var all: [UInt8] = []
        while !String(decoding: all, as: UTF8.self).hasSuffix(text), let more = await receive() { all += more }
        return String(decoding: all, as: UTF8.self)
    }

    /// All that comes until the end.
    package func receiveAll() async -> [UInt8] {
        var all: [UInt8] = []
        while let more = await receive() { all += more }
        return all
    }

    /// Whether something has come that was not received, or the end.
    package var hasInput: Bool {
        var wish = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wish, 1, 0) == 1
    }

    /// Says that nothing more comes.
    package func endWrites() { shutdown(descriptor, 1) }
}
