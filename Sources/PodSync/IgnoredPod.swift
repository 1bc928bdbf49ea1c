package import KubeModel

/// A pod that is bound to a virtual node and yet stays out of the remote, by policy.
package struct IgnoredPod: Equatable, Sendable {
    /// A CamelCase reason for the event and the condition.
    package let reason: String
    /// A sentence for the pod's owner.
    package let message: String

    /// Nil for a pod that is to run.
    package init?(_ pod: Pod) {
        if pod.controllerKind == "DaemonSet" {
            reason = "DaemonSetIgnored"
            message = "Pods of DaemonSets serve a real node and are not run in another cluster."
        } else if pod.metadata.annotations["kubernetes.io/config.mirror"] != nil {
            reason = "MirrorPodIgnored"
            message = "Mirror pods belong to a kubelet and are not run in another cluster."
        } else if pod.metadata.namespace == "kube-system" {
            reason = "NamespaceIgnored"
            message = "Pods of kube-system serve their own cluster and are not run in another one."
        } else {
            return nil
        }
    }
}
