/// A field of the Pod API and what becomes of it in a delegate.
package struct PodField: Sendable {
    package enum Fate: String, Sendable {
        /// It stays in the origin.
        case left = "left out"
        /// It arrives as something else.
        case rewritten
        /// It arrives as it is, unless `clusters[].pods` makes something else of it.
        case configured = "as it is, unless configured"
        /// The pod is refused unless the cluster's policies allow it; then it arrives as it is.
        case refused = "refused, unless allowed"
        /// A creation can't bring it; it follows.
        case following = "added after the creation"
    }

    /// "spec.volumes[].hostPath": all that is below it shares its fate, unless a longer path says otherwise. What holds
    /// for a container's field holds for init and ephemeral containers too.
    package let path: String
    package let fate: Fate
    package let why: String

    init(_ path: String, _ fate: Fate, _ why: String) {
        self.path = path
        self.fate = fate
        self.why = why
    }

    /// Whether a field of the API is this one or below it.
    func covers(_ field: String) -> Bool {
        guard field.hasPrefix(path) else { return false }
        let rest = field.dropFirst(path.count)
        return rest.isEmpty || rest.hasPrefix(".") || rest.hasPrefix("[")
    }
}

/// The fields that do not simply arrive as they are; every other one does, those of later releases included.
package enum PodFieldTable {
    package static let rows: [PodField] = metadata + placement + identity + refused + contents

    /// What becomes of a field, by its path; nil for one that arrives as it is.
    package static func row(for field: String) -> PodField? {
        rows.filter { $0.covers(field) }.max { $0.path.count < $1.path.count }
    }

    /// The fields of a pod's spec that no delegate has unless something else gives it one.
    static let leftOutOfSpec: Set<String> = Set(
        rows.filter { $0.fate == .left && $0.path.hasPrefix("spec.") }.map { String($0.path.dropFirst("spec.".count)) }
    )
}

// MARK: - Rows

extension PodFieldTable {
    private static let metadata: [PodField] =
        [
            PodField("metadata.namespace", .configured, "by the cluster's namespace template"),
            PodField("metadata.labels", .rewritten, "the pod's, the configured ones and our marks"),
            PodField(
                "metadata.annotations",
                .rewritten,
                "the pod's, the configured ones and our marks, without `kubectl.kubernetes.io/last-applied-configuration` "
                    + "and others' `martlet.dev/…`, which are about the object in the origin"
            ),
            PodField(
                "metadata.ownerReferences",
                .rewritten,
                "the delegate's namespace, so that no controller adopts it"
            ),
        ]
        + [
            "generateName", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp",
            "deletionTimestamp", "deletionGracePeriodSeconds", "finalizers", "managedFields",
        ].map { PodField("metadata.\($0)", .left, "belongs to the object in the origin") }

    private static let placement: [PodField] = [
        PodField("spec.nodeName", .left, "the virtual node; the remote's scheduler places the delegate"),
        PodField("spec.nodeSelector", .left, "has chosen the cluster; travels with `scheduling: keep`"),
        PodField("spec.affinity", .left, "has chosen the cluster; travels with `scheduling: keep`"),
        PodField(
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
            .rewritten,
            "no virtual node; with `scheduling: keep` that and what the pod requires"
        ),
        PodField("spec.topologySpreadConstraints", .left, "has chosen the cluster; travels with `scheduling: keep`"),
        PodField("spec.schedulerName", .left, "names a scheduler of the origin"),
        PodField("spec.schedulingGates", .left, "all open by the time that the pod is bound"),
        PodField("spec.schedulingGroup", .left, "names an object for the origin's scheduler"),
        PodField("spec.tolerations", .configured, "`tolerations` are added"),
        PodField("spec.priorityClassName", .left, "a class of the origin; by `priorityClasses` one of the remote"),
        PodField("spec.priority", .left, "what the origin's admission made of the class"),
        PodField("spec.preemptionPolicy", .left, "what the origin's admission made of the class"),
        PodField("spec.runtimeClassName", .configured, "by `runtimeClassName`"),
        PodField("spec.overhead", .left, "what the origin's admission made of the runtime class"),
        PodField(
            "spec.readinessGates",
            .left,
            "their conditions are in the origin; the pod's Ready honours them there"
        ),
    ]

    private static let identity: [PodField] =
        ["spec.serviceAccountName", "spec.serviceAccount", "spec.automountServiceAccountToken"].map {
            PodField($0, .rewritten, "by the cluster's `serviceAccounts`, see [Identity](#identity)")
        } + [
            PodField(
                "spec.volumes[].projected.sources[].serviceAccountToken",
                .rewritten,
                "by the cluster's `serviceAccounts`, see [Identity](#identity)"
            )
        ]

    private static let refused: [PodField] = PodRule.all.map { rule in
        PodField("spec.\(rule.field)", .refused, "policy `\(rule.demand.rawValue)`, reason `\(rule.reason)`")
    }

    private static let ownNames =
        "`metadata.uid`, `metadata.namespace`, `spec.nodeName` and `spec.serviceAccountName` show what they show in the "
        + "origin; all others are the delegate's"

    private static let contents: [PodField] = [
        PodField("spec.containers[].image", .configured, "by `imageRewrites`"),
        PodField("spec.containers[].env[].valueFrom.fieldRef", .rewritten, ownNames),
        PodField("spec.volumes[].downwardAPI.items[].fieldRef", .rewritten, ownNames),
        PodField("spec.volumes[].projected.sources[].downwardAPI.items[].fieldRef", .rewritten, ownNames),
        PodField("spec.volumes[].image.reference", .configured, "by `imageRewrites`"),
        PodField("spec.volumes[].ephemeral", .rewritten, "a claim by its name: that of the origin's own controller"),
        PodField(
            "spec.volumes[].persistentVolumeClaim.claimName",
            .rewritten,
            "a pod's own as it is; others stand for `ephemeral`"
        ),
        PodField("spec.ephemeralContainers", .following, "by their subresource, where the remote has it"),
        PodField("status", .left, "the remote's kubelet writes the delegate's, which becomes the pod's"),
    ]
}
