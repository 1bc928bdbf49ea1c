package import KubeModel

/// Why a provider could not do what it was asked for, in the terms of who has to act on it.
package struct ProviderError: Error, Sendable, CustomStringConvertible {
    /// What the caller can do about it.
    package enum Code: Sendable, Hashable {
        /// The cluster can't be reached or does not answer sensibly: try again, for as long as it takes.
        case unavailable
        /// The cluster is busy: try again, not before this.
        case throttled(after: Duration?)
        /// The cluster refuses the pod as it is (admission, quota, validation); another try may fare better when
        /// somebody changes the cluster or the pod.
        case rejected
        /// The place is taken by an object that is not ours; it is left alone.
        case conflict
        /// An earlier instance of ours has to go first.
        case occupied
        /// Something that the pod refers to does not exist.
        case missing(kind: String, key: ObjectKey)
        /// The pod stays out by policy; trying again changes nothing.
        case ignored
    }

    package let code: Code
    /// A CamelCase reason for events and conditions.
    package let reason: String
    /// A sentence with the cluster's own words, never with a credential or a value of a Secret.
    package let message: String

    package init(_ code: Code, reason: String, message: String) {
        self.code = code
        self.reason = reason
        self.message = message
    }

    /// Whether trying again is likely to be enough.
    package var isPassing: Bool {
        switch code {
        case .unavailable, .throttled, .occupied: true
        case .rejected, .conflict, .missing, .ignored: false
        }
    }

    package var description: String { "\(reason): \(message)" }
}
