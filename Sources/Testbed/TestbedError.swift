/// Why the testbed could not do what it was asked: what went wrong, in one sentence that tells what to do.
package struct TestbedError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. More may come; compare, don't switch.
    package struct Code: Sendable, Hashable {
        private let name: String

        /// A binary that the testbed needs is not on this machine.
        package static let toolMissing = Code(name: "tool missing")
        /// A program could not be started.
        package static let spawn = Code(name: "cannot start")
        /// A program ended that was meant to go on.
        package static let ended = Code(name: "ended")
        /// A command ended with a failure.
        package static let commandFailed = Code(name: "command failed")
        /// Something did not come to be within its bound.
        package static let deadline = Code(name: "not in time")
        /// A file or directory of the run could not be read or written.
        package static let file = Code(name: "file")
        /// A socket of the run could not be made, or no address or port is left.
        package static let network = Code(name: "network")
        /// A server answered with something else than what was asked for.
        package static let answer = Code(name: "unexpected answer")
        /// The plan cannot be carried out as it is written.
        package static let plan = Code(name: "plan")
    }

    package let code: Code
    package let message: String
    /// What led to it, if it was another error.
    package let underlying: (any Error)?

    package init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    package var description: String {
        guard let underlying else { return message }
        return "\(message): \(underlying)"
    }
}
