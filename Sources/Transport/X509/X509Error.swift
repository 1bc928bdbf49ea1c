import CTransport

/// Why a key or certificate could not be made or read.
package struct X509Error: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was to be done, and OpenSSL's reason. Never key material.
    package let message: String

    package var description: String { message }

    init(_ message: String) {
        self.message = message
    }

    /// For a call of OpenSSL that has just failed on this thread, whose error queue it empties.
    init(failed step: String) {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0 else {
            self.init("cannot \(step)")
            return
        }
        let reason = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            ERR_error_string_n(code, buffer.baseAddress, buffer.count)
            return buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
        self.init("cannot \(step): \(reason)")
    }
}
