/// How a program ended.
package enum TerminationStatus: Sendable, Hashable, CustomStringConvertible {
    case exited(code: Int32)
    case signalled(number: Int32)

    /// Reads the status word of waitpid(2): the low seven bits hold the signal, the next byte the exit code.
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited(code: (waitStatus >> 8) & 0xff) : .signalled(number: signal)
    }

    package var isSuccess: Bool { self == .exited(code: 0) }

    package var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let number): "signal \(number)"
        }
    }
}
