/// The phase of a pod (core/v1 PodPhase). An unknown value of a later release is kept as it is.
package struct PodPhase: Sendable, Hashable, CustomStringConvertible {
    package let rawValue: String

    package init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    package static let pending = PodPhase("Pending")
    package static let running = PodPhase("Running")
    package static let succeeded = PodPhase("Succeeded")
    package static let failed = PodPhase("Failed")

    /// Succeeded and Failed are final: such a pod never runs again.
    package var isTerminal: Bool { self == .succeeded || self == .failed }

    package var description: String { rawValue }
}

/// What happens to a container of a pod that has ended (core/v1 RestartPolicy).
package enum RestartPolicy: String, Sendable {
    case always = "Always"
    case onFailure = "OnFailure"
    case never = "Never"
}
