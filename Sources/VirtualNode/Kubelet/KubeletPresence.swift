/// Whether anybody answers at a node's kubelet port.
package enum KubeletPresence: Sendable, Equatable {
    /// Not known yet, which is no news of a node that stood before this process started.
    case unknown
    case listening(port: Int)
    case closed

    /// The port to state; 0 for none, nil to leave what stands.
    var port: Int? {
        switch self {
        case .unknown: nil
        case .listening(let port): port
        case .closed: 0
        }
    }
}
