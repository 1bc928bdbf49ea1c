import KubeModel

/// The patch that brings a pod's in-place changes to its delegate. Pure.
enum DelegateUpdate {
    /// A strategic merge patch for the delegate.
    ///
    /// Labels and annotations that the pod lost are removed by name; those that others gave the delegate stay. The
    /// patch carries the delegate's UID, so that it can't reach a successor of the same name.
    static func patch(pod: JSON, instance: PodInstance, identity: DelegateIdentity) -> JSON {
        let metadata = ObjectMeta(pod)
        let annotations = DelegatePod.carriedAnnotations(of: metadata)
            .merging(DelegatePod.bookkeeping(of: metadata, pod: pod)) { _, ours in ours }
        let labels = DelegatePod.labels(of: metadata, identity: identity)
        var patch: JSON = [
            "metadata": [
                "uid": .string(instance.instanceUID),
                "labels": replacing(instance.carried.labels, with: labels),
                "annotations": replacing(instance.carried.annotations, with: annotations),
            ]
        ]
        let changes = spec(of: pod, since: instance.fingerprint)
        if !changes.isEmpty { patch["spec"] = .object(changes) }
        return patch
    }

    private static func replacing(_ carried: [String], with wanted: [String: String]) -> JSON {
        var members = wanted.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        members += carried.filter { wanted[$0] == nil }.map { ($0, JSON.null) }
        return .object(JSONObject(members))
    }

    /// What changed of the part of a pod's spec that Kubernetes lets change in place (ValidatePodUpdate). The rest is not
    /// sent again: the remote's admission may have made something else of it, for good reasons of its own.
    private static func spec(of pod: JSON, since last: PodFingerprint) -> JSONObject {
        let now = PodFingerprint(of: pod)
        var result = JSONObject()
        if now.activeDeadline != last.activeDeadline, let deadline = pod.at("spec", "activeDeadlineSeconds") {
            result["activeDeadlineSeconds"] = deadline
        }
        if now.tolerations != last.tolerations, let tolerations = pod.at("spec", "tolerations") {
            result["tolerations"] = tolerations
        }
        guard now.images != last.images else { return result }
        for field in ["initContainers", "containers"] {
            guard let containers = pod.at("spec", field)?.array, !containers.isEmpty else { continue }
            let images = containers.map { container -> JSON in
                ["name": container["name"] ?? "", "image": container["image"] ?? ""]
            }
            result[field] = .array(images)
        }
        return result
    }
}
