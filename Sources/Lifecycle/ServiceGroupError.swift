/// Why a `ServiceGroup` did not end well.
package struct ServiceGroupError: Error, CustomStringConvertible {
    /// The kinds of failure; new ones may come, so switch with a default.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case failed
            case endedEarly
            case stopTimedOut
            case aborted
        }

        private let kind: Kind

        /// A service threw; `underlying` is its error.
        package static let failed = Code(kind: .failed)
        /// A service that the others rely on returned without having been asked to.
        package static let endedEarly = Code(kind: .endedEarly)
        /// The grace period passed before every service had stopped; the rest was cancelled.
        package static let stopTimedOut = Code(kind: .stopTimedOut)
        /// The group was told to stop at once; what still ran was cancelled.
        package static let aborted = Code(kind: .aborted)

        package var description: String { kind.rawValue }
    }

    package let code: Code
    /// The services concerned: the one that failed, or those that had not stopped.
    package let services: [String]
    package let underlying: (any Error)?

    package init(code: Code, services: [String], underlying: (any Error)? = nil) {
        self.code = code
        self.services = services
        self.underlying = underlying
    }

    package var description: String {
        let names = services.joined(separator: ", ")
        return switch code {
        case .failed: "service \(names) failed: \(underlying.map { "\($0)" } ?? "no reason given")"
        case .endedEarly: "service \(names) ended without having been asked to"
        case .stopTimedOut: "not stopped within the grace period: \(names)"
        default: "stopped at once while running: \(names)"
        }
    }
}
