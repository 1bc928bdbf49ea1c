import Glibc
import Synchronization

/// Addresses of the loopback network that belong to one run: 127.<a>.<b>.1 to .253.
///
/// Two runs on one machine never clash, whatever ports they use, because each has addresses of its own. The kernel is
/// the arbiter: the run listens at 127.<a>.<b>.254 for as long as it lives, and a block whose listener exists is taken.
package final class LoopbackBlock: Sendable {
    /// The port at the block's last address whose listener marks the block as taken.
    private static let claimPort: UInt16 = 26400

    /// The first three bytes, as "127.23.42".
    package let prefix: String

    private let claim: FileDescriptor
    private let used = Mutex(0)

    /// Takes a block that no other run has.
    ///
    /// - Throws: `TestbedError` `.network` if none of many tries finds a free one.
    package init(using random: inout some RandomNumberGenerator) throws(TestbedError) {
        for _ in 0..<64 {
            let prefix = "127.\(Int.random(in: 16...250, using: &random)).\(Int.random(in: 0...255, using: &random))"
            let endpoint = Endpoint(host: "\(prefix).254", port: Self.claimPort)
            if let claim = try? Sockets.listen(at: endpoint, sharing: false) {  // taken: the next one
                self.prefix = prefix
                self.claim = claim
                return
            }
        }
        throw TestbedError(.network, "no free block of loopback addresses (is the loopback interface up?)")
    }

    /// An address that nobody else in the run has.
    ///
    /// - Throws: `TestbedError` `.network` when all 253 are given away.
    package func nextAddress() throws(TestbedError) -> String {
        let number = used.withLock { used in
            used += 1
            return used
        }
        guard number <= 253 else { throw TestbedError(.network, "the run's 253 loopback addresses are used up") }
        return "\(prefix).\(number)"
    }
}
