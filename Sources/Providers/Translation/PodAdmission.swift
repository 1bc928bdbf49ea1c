package import KubeModel

/// Whether a pod can run in a cluster at all, as far as the pod and the configuration tell. Pure.
///
/// A kubelet takes the pods that it can run and fails the others with a reason, so that their controllers can replace
/// them; so does a virtual node.
package enum PodAdmission {
    /// - Parameters:
    ///   - pod: the pod as the origin has it.
    ///   - cluster: the cluster's name, for messages.
    ///   - namespace: where the delegate would live.
    /// - Throws: ``ProviderError`` `.ignored` or `.refused` for a pod that does not run there.
    package static func check(
        _ pod: JSON,
        cluster: String,
        namespace: String,
        policies: PodPolicies
    ) throws(ProviderError) {
        let metadata = ObjectMeta(pod)
        if let error = problem(of: metadata, cluster: cluster, namespace, policies) { throw error }
        var spec = pod["spec"] ?? [:]
        // They come later and one by one, and one that is refused can't be taken off the pod again.
        spec["ephemeralContainers"] = nil
        for rule in PodRule.all where !policies.allowed.contains(rule.demand) && rule.breaks(spec) {
            throw ProviderError(
                .refused,
                reason: rule.reason,
                message: "\(rule.what), which cluster \(cluster) does not allow."
            )
        }
    }

    /// Which ephemeral containers of a pod do not run there; the pod itself does, and so do its others.
    ///
    /// - Returns: their names, and a ``ProviderError`` `.rejected` about the last of them; nil where all may run.
    static func refusedEphemeral(
        of pod: JSON,
        cluster: String,
        policies: PodPolicies
    ) -> (names: Set<String>, refusal: ProviderError)? {
        var names: Set<String> = []
        var refusal: ProviderError?
        for container in pod.at("spec", "ephemeralContainers")?.array ?? [] {
            let spec: JSON = ["ephemeralContainers": [container]]
            let broken = PodRule.all.first { !policies.allowed.contains($0.demand) && $0.breaks(spec) }
            guard let broken, let name = container["name"]?.string else { continue }
            names.insert(name)
            refusal = ProviderError(
                .rejected,
                reason: broken.reason,
                message: "Ephemeral container \"\(name)\": \(broken.what), which cluster \(cluster) does not allow."
            )
        }
        return refusal.map { (names, $0) }
    }

    /// The part of it that the pod's metadata tell.
    static func problem(
        of metadata: ObjectMeta,
        cluster: String,
        _ namespace: String,
        _ policies: PodPolicies
    ) -> ProviderError? {
        ignored(metadata, policies) ?? refused(metadata, cluster, namespace, policies)
    }

    private static func ignored(_ metadata: ObjectMeta, _ policies: PodPolicies) -> ProviderError? {
        // The kubelet's own marks of pods that come from its files (pkg/kubelet/types).
        if metadata.annotations["kubernetes.io/config.mirror"] != nil
            || metadata.annotations["kubernetes.io/config.source"].map({ $0 != "api" }) ?? false
        {
            return ProviderError(
                .ignored,
                reason: "MirrorPodIgnored",
                message: "Static and mirror pods belong to a kubelet and are not run in another cluster."
            )
        }
        if isReserved(metadata.namespace) {
            return ProviderError(
                .ignored,
                reason: "NamespaceIgnored",
                message: "Pods of \(metadata.namespace) serve their own cluster and are not run in another one."
            )
        }
        guard metadata.controller?.kind == "DaemonSet", policies.daemonSets == .ignore else { return nil }
        return ProviderError(
            .ignored,
            reason: "DaemonSetIgnored",
            message: "Pods of DaemonSets serve a real node and are not run in another cluster."
        )
    }

    private static func refused(
        _ metadata: ObjectMeta,
        _ cluster: String,
        _ namespace: String,
        _ policies: PodPolicies
    ) -> ProviderError? {
        func refusal(_ reason: String, _ message: String) -> ProviderError {
            ProviderError(.refused, reason: reason, message: message)
        }
        if metadata.controller?.kind == "DaemonSet", policies.daemonSets == .reject {
            return refusal("DaemonSetRejected", "Cluster \(cluster) takes no pods of DaemonSets.")
        }
        // A delegate's required affinity keeps it off virtual nodes; this is the reason that kubelets give then.
        if metadata.labels[DelegateIdentity.originLabel] != nil, metadata.labels[DelegateIdentity.podUIDLabel] != nil {
            return refusal("NodeAffinity", "The pod is another cluster's delegate, which runs on real nodes only.")
        }
        if isReserved(namespace) {
            return refusal("NamespaceForbidden", "Nothing is run in namespace \"\(namespace)\" of cluster \(cluster).")
        }
        guard namespace.utf8.count > NamespaceTemplate.longest else { return nil }
        let message =
            "In cluster \(cluster) the namespace would be \"\(namespace)\", which has more than 63 characters."
        return refusal("NamespaceTooLong", message)
    }

    /// Namespaces of Kubernetes itself.
    private static func isReserved(_ namespace: String) -> Bool { namespace.hasPrefix("kube-") }
}
