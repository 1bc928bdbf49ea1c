/// The label and annotation keys, and the providerID scheme, that mark a Node as one of ours.
///
/// The managed-* annotations remember what the configuration put on a node, so that what is taken out of the
/// configuration is taken off the node while the labels, annotations, taints and resources of others stay.
package enum NodeKeys {
    /// Label whose value is the name of the cluster that the node stands for.
    package static let cluster = "martlet.dev/cluster"
    /// Annotation: our label keys, sorted, separated by commas. The other three are alike.
    package static let managedLabels = "martlet.dev/managed-labels"
    package static let managedAnnotations = "martlet.dev/managed-annotations"
    /// Each taint is named `key:effect`, which is what makes a taint unique on a node.
    package static let managedTaints = "martlet.dev/managed-taints"
    package static let managedResources = "martlet.dev/managed-resources"

    /// Annotation: the round trip to the remote's API server in milliseconds ("27.4ms").
    package static let roundTrip = "martlet.dev/round-trip"

    /// Annotation: what is free on the largest free place ("cpu=1500m,memory=3Gi,pods=98").
    package static let largestSlot = "martlet.dev/largest-slot"
    /// Annotation: how many pods of each size fit ("100m/128Mi=480,500m/512Mi=96").
    package static let slots = "martlet.dev/slots"

    /// Annotation: the UID of the remote's namespace kube-system, so that another cluster is not taken for it. A person
    /// who means another cluster writes its UID here.
    package static let remoteID = "martlet.dev/remote-id"
    /// Annotation: what a person writes to let the delegates go that the condition ``DeletionHeld`` tells of.
    package static let confirmDeletion = "martlet.dev/confirm-deletion"
    /// Condition and taint of a node whose cluster is lost and whose pods are held.
    package static let clusterLost = "martlet.dev/ClusterLost"
    package static let clusterLostTaint = "martlet.dev/cluster-lost"
    /// Taint of a node whose cluster has lately found no node for pods of the origin: others shall rather go elsewhere.
    package static let unplacedTaint = "martlet.dev/unplaced"
    /// Condition: nodes of the cluster count for another virtual node although the selector of this one fits them too.
    package static let nodesOverlap = "martlet.dev/NodesOverlap"
    /// Condition: delegates whose pods the origin does not know are kept until a person confirms.
    package static let deletionHeld = "martlet.dev/DeletionHeld"

    /// Label by which every implementation of virtual nodes marks them, and by which delegates are kept off them.
    package static let nodeType = "type"
    /// Its value on virtual nodes.
    package static let virtualNodeType = "virtual-kubelet"
    package static let hostname = "kubernetes.io/hostname"
    package static let os = "kubernetes.io/os"
    package static let arch = "kubernetes.io/arch"
    package static let region = "topology.kubernetes.io/region"
    package static let zone = "topology.kubernetes.io/zone"

    /// A scheme of our own, so that no cloud's node controller takes the node for a lost machine of its own.
    package static func providerID(of name: String) -> String { "martlet://\(name)" }
}
