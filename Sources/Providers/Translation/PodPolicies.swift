/// What a cluster does with pods that ask for what an ordinary pod has not. Everything is refused unless allowed.
package struct PodPolicies: Sendable, Equatable {
    /// What a pod can ask for beyond its own sandbox; the raw values are the keys of the configuration.
    package enum Demand: String, Sendable, CaseIterable {
        case hostNetwork, hostPID, hostIPC
        /// Ports of the host for containers of the pod's own network.
        case hostPorts
        /// Privileged containers, and host processes of Windows.
        case privileged
        case hostPath
        /// Claims of dynamic resource allocation: where they are allowed, claims and templates of these names have to
        /// be in the cluster.
        case resourceClaims
        /// Certificates that the cluster issues to a pod for its ServiceAccount. Where the delegates are the cluster's
        /// own ServiceAccounts, they are allowed by that.
        case podCertificates
        /// What the cluster trusts under a name or for a signer (ClusterTrustBundle), which is not what the origin does.
        /// Allowed where podCertificates are.
        case clusterTrustBundles
    }

    package enum Policy: String, Sendable, CaseIterable {
        /// The delegate asks for it as the pod does; the cluster's own admission has the last word.
        case allow
        /// The pod fails, with the reason on it.
        case refuse
    }

    /// What becomes of the pods of DaemonSets, which the DaemonSet controller binds to every node that it finds.
    package enum DaemonSets: String, Sendable, CaseIterable {
        /// They stay pending, and say so.
        case ignore
        /// They are pods as others are.
        case run
        /// They fail; their controller makes new ones, less and less often.
        case reject
    }

    package var allowed: Set<Demand> = []
    package var daemonSets = DaemonSets.ignore

    package init() {}

    /// What is allowed besides where delegates have the identity that this policy gives them.
    func allowing(_ accounts: ServiceAccountPolicy) -> PodPolicies {
        guard case .remote = accounts else { return self }
        var result = self
        result.allowed.formUnion([.podCertificates, .clusterTrustBundles])
        return result
    }
}
