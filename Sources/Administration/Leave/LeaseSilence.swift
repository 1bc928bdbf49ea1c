import KubeModel

/// Tells from a node's lease that nobody serves the node any more. Pure.
///
/// A martlet that ends a cluster's service because the cluster is no longer wanted gives the lease back: it has no holder
/// then. One that died, or was stopped, just falls silent: the lease has to last out from when it was last seen to change.
struct LeaseSilence: Sendable {
    private var renewal: String?
    private var since: Duration?

    /// - Parameters:
    ///   - lease: as it stands; nil if there is none.
    ///   - now: from any point in time on, by a clock that is never set.
    /// - Returns: whether nobody serves the node.
    mutating func isSilent(_ lease: JSON?, now: Duration) -> Bool {
        guard let spec = lease?["spec"], let holder = spec["holderIdentity"]?.string, !holder.isEmpty else {
            return true
        }
        let renewal = spec["renewTime"]?.string ?? ""
        guard let since, renewal == self.renewal else {
            (self.renewal, self.since) = (renewal, now)
            return false
        }
        return now - since >= .seconds(spec["leaseDurationSeconds"]?.int ?? 40)
    }
}
