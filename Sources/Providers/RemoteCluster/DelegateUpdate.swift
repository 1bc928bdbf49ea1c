import KubeModel

/// The patch that brings a pod's in-place changes to its delegate. Pure.
enum DelegateUpdate {
    /// A strategic merge patch for the delegate.
    ///
    /// Labels and annotations that the pod lost are removed by name; those that others gave the delegate stay, and so
    /// does what the remote says of the node (``DelegatePod/nodeTopologyLabels``). The patch carries the delegate's
    /// UID, so that it can't reach a successor of the same name.
    ///
    /// - Parameters:
    ///   - pod: the pod as the origin has it.
    ///   - rendered: the delegate as it would be made from the pod now.
    ///   - fingerprint: the state of the pod that the delegate has after the patch; nil for all of it.
    ///   - upward: annotations that the delegate's cluster sets, and the pod has from there.
    static func patch(
        pod: JSON,
        rendered: JSON,
        fingerprint: PodFingerprint? = nil,
        instance: PodInstance,
        upward: AnnotationFilter = AnnotationFilter()
    ) -> JSON {
        let metadata = ObjectMeta(rendered)
        let now = PodFingerprint(of: pod)
        var annotations = metadata.annotations.filter { !upward.contains($0.key) || $0.key.hasPrefix("martlet.dev/") }
        annotations[DelegateIdentity.fingerprintAnnotation] = (fingerprint ?? now).text
        let labels = metadata.labels.filter { !DelegatePod.nodeTopologyLabels.contains($0.key) }
        let carriedLabels = instance.carried.labels.filter { !DelegatePod.nodeTopologyLabels.contains($0) }
        var patch: JSON = [
            "metadata": [
                "uid": .string(instance.instanceUID),
                "labels": replacing(carriedLabels, with: labels),
                "annotations": replacing(
                    instance.carried.annotations.filter { !upward.contains($0) },
                    with: annotations
                ),
            ]
        ]
        let images = now.changedImages(of: pod, since: instance.fingerprint)
        let changes = spec(of: rendered["spec"] ?? [:], images: images, now: now, since: instance.fingerprint)
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
    ///
    /// - Parameter images: the names of the containers whose images changed.
    private static func spec(
        of rendered: JSON,
        images: Set<String>,
        now: PodFingerprint,
        since last: PodFingerprint
    ) -> JSONObject {
        var result = JSONObject()
        if now.activeDeadline != last.activeDeadline, let deadline = rendered["activeDeadlineSeconds"] {
            result["activeDeadlineSeconds"] = deadline
        }
        if now.tolerations != last.tolerations, let tolerations = rendered["tolerations"] {
            result["tolerations"] = tolerations
        }
        if now.grace != last.grace, !last.grace.isEmpty, let grace = rendered["terminationGracePeriodSeconds"] {
            result["terminationGracePeriodSeconds"] = grace
        }
        guard now.images != last.images else { return result }
        for field in ["initContainers", "containers"] {
            let changed = (rendered[field]?.array ?? []).filter { images.contains($0["name"]?.string ?? "") }
            guard !changed.isEmpty else { continue }
            result[field] = .array(changed.map { ["name": $0["name"] ?? "", "image": $0["image"] ?? ""] })
        }
        return result
    }
}
