internal import KubeModel

/// The Lease in kube-node-lease by which the origin sees that a node's keeper is alive. Pure.
struct LeaseRecord: Sendable, Equatable {
    static let namespace = "kube-node-lease"

    let nodeName: String
    let nodeUID: UID
    let duration: Duration

    /// The time of a renewal, which is always later than that of the one before: the node lifecycle controller counts no
    /// other. A clock that was ahead and is set right would make it take the node for dead until the time is caught up.
    static func renewTime(now: Duration, after last: Duration) -> Duration {
        max(now, last + .milliseconds(1))
    }

    /// The merge patch that renews the lease, and puts its owner right should the node have been made anew.
    ///
    /// - Parameter time: Time since 1970; `renewTime` is a MicroTime and must have six digits.
    func renewal(at time: Duration) -> JSON {
        [
            "metadata": [
                "ownerReferences": [
                    ["apiVersion": "v1", "kind": "Node", "name": .string(nodeName), "uid": .string(nodeUID)]
                ]
            ],
            "spec": [
                "holderIdentity": .string(nodeName),
                "leaseDurationSeconds": .int(duration.components.seconds),
                "renewTime": .string(Timestamp.formatMicro(time.inSeconds)),
            ],
        ]
    }

    /// The whole lease, for its creation.
    func object(at time: Duration) -> JSON {
        var object = renewal(at: time)
        object["apiVersion"] = "coordination.k8s.io/v1"
        object["kind"] = "Lease"
        object["metadata"]?["name"] = .string(nodeName)
        object["metadata"]?["namespace"] = .string(Self.namespace)
        return object
    }
}

extension Duration {
    /// As a fraction of seconds, for timestamps.
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
