/// A program of a control plane.
package enum Component: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case etcd
    case apiserver = "kube-apiserver"
    case controllerManager = "kube-controller-manager"
    case scheduler = "kube-scheduler"

    /// The name of the program.
    package var binary: String { rawValue }

    package var description: String { rawValue }

    /// The port it listens at by preference: the usual one plus 20000, because the usual ones may be taken by another
    /// cluster on the machine, and those of the ephemeral range by anybody.
    var preferredPort: UInt16 {
        switch self {
        case .etcd: 22379
        case .apiserver: 26443
        case .controllerManager: 20257
        case .scheduler: 20259
        }
    }
}
