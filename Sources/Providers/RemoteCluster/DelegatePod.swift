package import KubeModel

/// Makes the delegate of a pod: the pod's own tree minus a short list of fields, plus what the cluster's configuration
/// says. Pure.
///
/// What ``PodFieldTable`` does not name goes to the remote as it stands, fields of later releases included.
package enum DelegatePod {
    /// The fields of a pod spec that hold containers.
    package static let containerFields = ["initContainers", "containers", "ephemeralContainers"]

    /// Fields of the spec that speak of the origin and mean nothing, or something else, in a remote.
    package static let droppedSpecFields = PodFieldTable.leftOutOfSpec

    /// Labels that API servers since 1.35 copy from a pod's node when the pod is bound
    /// (plugin/pkg/admission/podtopologylabels). A delegate begins with those of its virtual node; where its own node
    /// has better ones, the remote writes them there, and they stay.
    static let nodeTopologyLabels: Set<String> = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"]

    /// Annotations that are about the object in the origin only.
    package static let droppedAnnotations: Set<String> = ["kubectl.kubernetes.io/last-applied-configuration"]

    /// Renders the delegate as it is to be: also what a creation can't bring (``creation(of:)``).
    ///
    /// - Parameters:
    ///   - pod: the pod as the origin has it.
    ///   - namespace: the delegate's namespace.
    ///   - owner: the controller that the delegate names (``NamespaceDirectory``).
    ///   - settings: what the cluster's configuration says of delegates.
    ///   - restartBase: restart counts of earlier delegates of this pod, by container.
    ///   - account: whose identity the delegate has.
    ///   - tokenSecrets: the names of Secrets that hold a ServiceAccount token of the origin.
    ///   - upward: annotations that are the delegate's to set once it is made.
    /// - Returns: the delegate, and what of the pod it lacks that its owner asked for.
    /// - Throws: ``ProviderError`` where a patch of the configuration does not fit the pod.
    package static func render(
        _ pod: JSON,
        identity: DelegateIdentity,
        namespace: String,
        owner: JSON,
        settings: TranslationSettings = TranslationSettings(),
        restartBase: [String: Int64] = [:],
        account: AccountDelivery = .none,
        tokenSecrets: Set<String> = [],
        upward: AnnotationFilter = AnnotationFilter()
    ) throws(ProviderError) -> (object: JSON, notices: [TranslationNotice]) {
        let metadata = ObjectMeta(pod)
        var spec = pod["spec"] ?? [:]
        OwnNames(pod: pod, nodeName: identity.nodeName, namespace: namespace).apply(to: &spec)
        for field in droppedSpecFields { spec[field] = nil }
        var translation = AccountTranslation(account, tokenSecrets: tokenSecrets)
        translation.apply(to: &spec)
        DependentNames(originID: identity.originID).rewrite(&spec)
        PodClaims.rewrite(&spec, podName: metadata.name)
        settings.apply(to: &spec, of: pod, originID: identity.originID)
        let delegate: JSON = [
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": [
                "name": .string(metadata.name),
                "namespace": .string(namespace),
                "labels": JSON(metadata.labels.merging(settings.labels) { _, ours in ours }),
                "annotations": JSON(carriedAnnotations(of: metadata).merging(settings.annotations) { _, ours in ours }),
            ],
            "spec": spec,
        ]
        let patched = try settings.patched(delegate, for: metadata)
        let marks = DelegateMarks(
            pod: pod,
            identity: identity,
            namespace: namespace,
            restartBase: restartBase,
            tokens: translation.order,
            upward: upward
        )
        return (marks.sealed(patched, owner: owner), translation.notices)
    }

    /// Every ConfigMap and Secret that the delegate of a pod needs, by the names of the origin.
    static func references(of pod: JSON) -> [PodReference] {
        PodReference.all(in: TokenVolumes.withoutInjected(pod["spec"] ?? [:]))
    }

    /// The object to create, of a rendered delegate: only the ephemeralcontainers subresource can add such containers.
    package static func creation(of rendered: JSON) -> JSON {
        var result = rendered
        result["spec"]?["ephemeralContainers"] = nil
        return result
    }

    /// The pod's annotations that go along.
    static func carriedAnnotations(of metadata: ObjectMeta) -> [String: String] {
        metadata.annotations.filter { !droppedAnnotations.contains($0.key) && !$0.key.hasPrefix("martlet.dev/") }
    }
}
