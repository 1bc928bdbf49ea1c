import KubeModel

/// The marks by which a delegate is known as ours, in whatever process looks at it.
package struct DelegateIdentity: Sendable, Hashable {
    /// The origin cluster: the UID of its kube-system namespace.
    package let originID: String
    /// The virtual node that the pods are bound to.
    package let nodeName: String

    package init(originID: String, nodeName: String) {
        self.originID = originID
        self.nodeName = nodeName
    }

    package static let originLabel = "martlet.dev/origin"
    package static let nodeLabel = "martlet.dev/node"
    /// Origin and node in one short value, so that one selector can leave out exactly our own.
    package static let ownerLabel = "martlet.dev/owner"
    package static let podUIDLabel = "martlet.dev/pod-uid"
    /// The pod's namespace and name in the origin.
    package static let podAnnotation = "martlet.dev/pod"
    /// The ``PodFingerprint`` that the delegate was last brought up to.
    package static let fingerprintAnnotation = "martlet.dev/fingerprint"
    /// The names of the pod's labels and annotations that the delegate carries, as JSON.
    package static let carriedAnnotation = "martlet.dev/carried"
    /// The delegate's own namespace and name, where they are not those of its pod.
    package static let placeAnnotation = "martlet.dev/delegate"
    /// Restart counts of earlier delegates by container, as JSON.
    package static let restartBaseAnnotation = "martlet.dev/restart-base"
    /// The name of the Secret that holds the delegate's tokens of the origin.
    package static let tokensAnnotation = "martlet.dev/tokens"

    /// A hash of origin and node: the two together are longer than a label's value may be.
    var owner: String { FNV1a.hash { $0.combine(bytes: "\(originID)/\(nodeName)".utf8) } }

    /// The labels of the delegate of a pod.
    func labels(podUID: UID) -> [String: String] {
        [
            Self.originLabel: originID, Self.nodeLabel: nodeName, Self.ownerLabel: owner, Self.podUIDLabel: podUID,
        ]
    }

    /// Whether an object of a remote carries our marks for this pod.
    func owns(_ metadata: ObjectMeta, podUID: UID) -> Bool {
        owns(metadata) && metadata.labels[Self.podUIDLabel] == podUID
    }

    /// Whether an object of a remote is a delegate of this virtual node.
    func owns(_ metadata: ObjectMeta) -> Bool {
        metadata.labels[Self.originLabel] == originID && metadata.labels[Self.nodeLabel] == nodeName
    }
}
