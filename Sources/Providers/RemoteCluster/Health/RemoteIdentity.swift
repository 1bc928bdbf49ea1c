/// Whether the remote is still the cluster that it was: a kubeconfig or a name may come to lead to another one. Pure.
struct RemoteIdentity: Sendable {
    /// Another cluster answers than the one that is expected.
    struct Change: Sendable, Equatable {
        let expected: String
        let seen: String

        /// nil while it is the one that is expected, as far as it tells.
        init?(expected: String?, seen: String?) {
            guard let expected, let seen, expected != seen else { return nil }
            (self.expected, self.seen) = (expected, seen)
        }
    }

    /// How many probes may be answered before the remote is asked again who it is.
    static let interval = 6

    private(set) var seen: String?
    private var isKnown = false
    private var probes = 0

    var isDue: Bool { !isKnown || probes >= Self.interval }

    /// The remote has said who it is; nil if it does not tell us.
    mutating func note(_ clusterID: String?) {
        (seen, isKnown, probes) = (clusterID, true, 0)
    }

    /// A probe was answered.
    mutating func age() { probes += 1 }

    /// The remote was away: whoever answers next has to say who it is.
    mutating func doubt() { isKnown = false }
}
