import KubeModel

/// What makes a rendered object the delegate of its pod, whatever the pod or the configuration wrote there. Pure.
struct DelegateMarks {
    private let metadata: ObjectMeta
    private let identity: DelegateIdentity
    private let namespace: String
    private let fingerprint: PodFingerprint
    private let restartBase: [String: Int64]
    private let tokens: TokenOrder?
    private let upward: AnnotationFilter

    init(
        pod: JSON,
        identity: DelegateIdentity,
        namespace: String,
        restartBase: [String: Int64],
        tokens: TokenOrder?,
        upward: AnnotationFilter
    ) {
        metadata = ObjectMeta(pod)
        fingerprint = PodFingerprint(of: pod).atCreation
        self.identity = identity
        self.namespace = namespace
        self.restartBase = restartBase
        self.tokens = tokens
        self.upward = upward
    }

    /// The object with its place, our marks, its controller, and off virtual nodes.
    func sealed(_ rendered: JSON, owner: JSON) -> JSON {
        let written = ObjectMeta(rendered)
        var spec = rendered["spec"] ?? [:]
        spec["nodeName"] = nil
        SchedulingConstraints.keepOffVirtualNodes(&spec)
        return [
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": [
                "name": .string(metadata.name),
                "namespace": .string(namespace),
                "labels": JSON(written.labels.merging(identity.labels(podUID: metadata.uid)) { _, ours in ours }),
                "ownerReferences": [owner],
                "annotations": JSON(annotations(written)),
            ],
            "spec": spec,
        ]
    }

    /// The annotations by which a later process knows what the delegate was made from.
    private func annotations(_ written: ObjectMeta) -> [String: String] {
        let marks = identity.labels(podUID: metadata.uid)
        var result = written.annotations.filter { !$0.key.hasPrefix("martlet.dev/") }
        let carried: JSON = [
            "labels": .array(written.labels.keys.filter { marks[$0] == nil }.sorted().map(JSON.string)),
            "annotations": .array(result.keys.filter { !upward.contains($0) }.sorted().map(JSON.string)),
        ]
        result[DelegateIdentity.podAnnotation] = metadata.key.description
        result[DelegateIdentity.fingerprintAnnotation] = fingerprint.text
        result[DelegateIdentity.carriedAnnotation] = carried.text
        if metadata.namespace != namespace {
            result[OwnNames.namespaceAnnotation] = metadata.namespace
            result[DelegateIdentity.placeAnnotation] = ObjectKey(namespace: namespace, name: metadata.name).description
        }
        result[DelegateIdentity.tokensAnnotation] = tokens?.text
        if !restartBase.isEmpty {
            let counts = restartBase.sorted { $0.key < $1.key }.map { ($0.key, JSON.int($0.value)) }
            result[DelegateIdentity.restartBaseAnnotation] = JSON.object(JSONObject(counts)).text
        }
        return result
    }
}
