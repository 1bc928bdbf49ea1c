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
        /// Something that the pod refers to is on its way; the provider tells when to look again.
        case pending
        /// Something that the pod refers to does not exist, or can't be brought to the cluster.
        case missing(kind: String, key: ObjectKey)
        /// The pod can never run here as it is, by policy or by its nature (a kubelet's admission would refuse it): it
        /// is Failed with this reason and message, so that its controller decides. Only for creations.
        case refused
        /// The pod is not meant for this cluster and stays out of it, pending: a new one in its place would fare no
        /// better.
        case ignored
    }

    package let code: Code
    /// A CamelCase reason for events and conditions.
    package let reason: String
    /// A sentence with the cluster's own words, never with a credential or a value of a Secret.
    package let message: String
    /// Whether the cluster may have done what it was asked for all the same: the answer was lost.
    package let mayHaveHappened: Bool

    package init(_ code: Code, reason: String, message: String, mayHaveHappened: Bool = false) {
        self.mayHaveHappened = mayHaveHappened
        self.code = code
        self.reason = reason
        self.message = message
    }

    /// The least time until another try, as the cluster named it; zero if it did not.
    package var leastDelay: Duration {
        if case .throttled(let after?) = code { after } else { .zero }
    }

    /// Whether trying again is likely to be enough.
    package var isPassing: Bool {
        switch code {
        case .unavailable, .throttled, .occupied, .pending: true
        case .rejected, .conflict, .missing, .refused, .ignored: false
        }
    }

    /// Whether the pod waits for something that it refers to.
    package var isMissing: Bool {
        if case .missing = code { true } else { false }
    }

    package var description: String { "\(reason): \(message)" }
}
