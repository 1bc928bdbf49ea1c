package import KubeModel

/// Makes the delegate of a pod: the pod's own tree minus a short list of fields. Pure.
///
/// What is not named here goes to the remote as it stands, fields of later releases included. `docs/pods.md` gives the
/// reason for each entry.
package enum DelegatePod {
    /// The fields of a pod spec that hold containers.
    package static let containerFields = ["initContainers", "containers", "ephemeralContainers"]

    /// Fields of the spec that speak of the origin and mean nothing, or something else, in a remote.
    package static let droppedSpecFields: Set<String> = [
        // Where the pod is in the origin, and what its scheduler was told. The remote's scheduler places the delegate.
        "nodeName", "nodeSelector", "affinity", "topologySpreadConstraints", "schedulerName", "schedulingGates",
        // The origin's classes and what its admission computed from them.
        "priority", "priorityClassName", "preemptionPolicy", "overhead",
        // The origin's identities: no token of the origin goes along, and none of the remote is given away.
        "serviceAccountName", "serviceAccount",
        // Fulfilled in the origin, where the conditions are; the delegate would wait for them for ever.
        "readinessGates",
        // Only the ephemeralcontainers subresource can add these.
        "ephemeralContainers",
    ]

    /// Annotations that are about the object in the origin only.
    package static let droppedAnnotations: Set<String> = ["kubectl.kubernetes.io/last-applied-configuration"]

    /// Renders the delegate.
    ///
    /// - Parameters:
    ///   - pod: the pod as the origin has it.
    ///   - owner: the controller that the delegate names (``NamespaceDirectory``).
    ///   - restartBase: restart counts of earlier delegates of this pod, by container.
    ///   - tokenSecrets: the names of Secrets that hold a ServiceAccount token of the origin.
    /// - Returns: the object to create, and what of the pod it lacks that its owner asked for.
    package static func render(
        _ pod: JSON,
        identity: DelegateIdentity,
        namespace: String,
        owner: JSON,
        restartBase: [String: Int64] = [:],
        tokenSecrets: Set<String> = []
    ) -> (object: JSON, notices: [TranslationNotice]) {
        let metadata = ObjectMeta(pod)
        var spec = pod["spec"] ?? [:]
        for field in droppedSpecFields { spec[field] = nil }
        var tokens = TokenVolumes(tokenSecrets: tokenSecrets)
        tokens.strip(from: &spec)
        spec["automountServiceAccountToken"] = false
        spec["affinity"] = realNodesOnly
        let delegate: JSON = [
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": [
                "name": .string(metadata.name),
                "namespace": .string(namespace),
                "labels": JSON(labels(of: metadata, identity: identity)),
                "ownerReferences": [owner],
                "annotations": JSON(annotations(of: metadata, pod: pod, restartBase: restartBase)),
            ],
            "spec": spec,
        ]
        return (delegate, tokens.notices)
    }

    /// Keeps the delegate off virtual nodes of the remote, ours and others': no loops between clusters that serve each
    /// other.
    private static let realNodesOnly: JSON = [
        "nodeAffinity": [
            "requiredDuringSchedulingIgnoredDuringExecution": [
                "nodeSelectorTerms": [
                    [
                        "matchExpressions": [
                            ["key": "type", "operator": "NotIn", "values": ["virtual-kubelet"]]
                        ]
                    ]
                ]
            ]
        ]
    ]

    /// The labels that the delegate of a pod carries: the pod's and our marks.
    static func labels(of metadata: ObjectMeta, identity: DelegateIdentity) -> [String: String] {
        metadata.labels.merging(identity.labels(podUID: metadata.uid)) { _, ours in ours }
    }

    /// The pod's annotations that go along.
    static func carriedAnnotations(of metadata: ObjectMeta) -> [String: String] {
        metadata.annotations.filter { !droppedAnnotations.contains($0.key) && !$0.key.hasPrefix("martlet.dev/") }
    }

    private static func annotations(
        of metadata: ObjectMeta,
        pod: JSON,
        restartBase: [String: Int64]
    ) -> [String: String] {
        var result = carriedAnnotations(of: metadata)
        result.merge(bookkeeping(of: metadata, pod: pod)) { _, ours in ours }
        if !restartBase.isEmpty {
            let counts = restartBase.sorted { $0.key < $1.key }.map { ($0.key, JSON.int($0.value)) }
            result[DelegateIdentity.restartBaseAnnotation] = JSON.object(JSONObject(counts)).text
        }
        return result
    }

    /// The annotations by which a later process knows what the delegate was made from.
    static func bookkeeping(of metadata: ObjectMeta, pod: JSON) -> [String: String] {
        let carried: JSON = [
            "labels": .array(metadata.labels.keys.sorted().map(JSON.string)),
            "annotations": .array(carriedAnnotations(of: metadata).keys.sorted().map(JSON.string)),
        ]
        return [
            DelegateIdentity.podAnnotation: metadata.key.description,
            DelegateIdentity.fingerprintAnnotation: PodFingerprint(of: pod).text,
            DelegateIdentity.carriedAnnotation: carried.text,
        ]
    }
}
