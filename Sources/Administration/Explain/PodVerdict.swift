internal import KubeModel

/// Why a pod is as it is, in a sentence, and what to do. Pure.
struct PodVerdict: Sendable, Equatable {
    /// What kind of answer it is, for programs.
    enum Kind: String, Sendable {
        case running, finished, failed, starting, unscheduled, elsewhere, waiting, refused, outOfReach, ending
    }

    let kind: Kind
    /// Without the pod's name: "waits for Secret "shop/keys", which does not exist."
    let summary: String
    let advice: String

    init(_ kind: Kind, _ summary: String, _ advice: String) {
        self.kind = kind
        self.summary = summary
        self.advice = advice
    }

    /// The first of these that holds: what ended, where it is, whether anybody can do anything for it, what stands in its
    /// way, and last what its containers say.
    init(_ facts: PodFacts) {
        self =
            Self.ended(facts) ?? Self.placed(facts) ?? Self.ofEnd(facts) ?? Self.ofDelegation(facts)
            ?? Self.inCluster(facts) ?? Self.ofContainers(facts)
    }
}

// MARK: - What is over, and where it is

extension PodVerdict {
    private static func ended(_ facts: PodFacts) -> PodVerdict? {
        guard facts.phase.isTerminal, !facts.isTerminating else { return nil }
        guard facts.phase == .failed else { return PodVerdict(.finished, "has finished its work.", "Nothing.") }
        let words = said(facts.status["reason"]?.string, facts.status["message"]?.string)
        let isRefused = facts.denial("martlet.dev/Delegated") != nil
        let again = facts.metadata.controller.map { "\($0.kind) \($0.name) decides what takes its place." }
        let advice =
            isRefused ? adviceOnRefusal(facts.status["reason"]?.string ?? "") : "See its containers' states and logs."
        return PodVerdict(
            isRefused ? .refused : .failed,
            "has failed\(words.isEmpty ? "." : ": \(words)")",
            [advice, again ?? "It stays as it is until it is deleted."].joined(separator: " ")
        )
    }

    private static func placed(_ facts: PodFacts) -> PodVerdict? {
        switch facts.place {
        case .unscheduled(let clusters): return UnscheduledPod(facts: facts, clusters: clusters).verdict
        case .foreign:
            return PodVerdict(
                .elsewhere,
                "is on node \(facts.nodeName), which is none of martlet's.",
                "kubectl describe pod tells about it."
            )
        case .missing:
            return PodVerdict(
                .elsewhere,
                "is bound to node \(facts.nodeName), which does not exist.",
                "Delete the pod, or bring the node back: a cluster of that name that is given to martlet adopts it."
            )
        case .unseen: return nil
        case .virtual(let cluster): return outOfReach(cluster, facts)
        }
    }

    private static func outOfReach(_ cluster: ClusterRow, _ facts: PodFacts) -> PodVerdict? {
        let told: (state: String, advice: String)? =
            switch cluster.state {
            case .healthy, .degraded: nil
            case .unknown: ("of which nothing is known", "Start martlet, or see why it can't reach the origin.")
            case .starting, .returning:
                ("which is not ready yet", "Wait: it is looked at as soon as the cluster is in sight.")
            case .lost, .gone: ("which is lost", onLoss(facts))
            case .held: ("which is lost, and its pods are held", onLoss(facts))
            case .detached: ("which is detached", "martlet join brings it back; what runs there runs on.")
            case .failed: ("which can't be used", "martlet check \(cluster.name) tells what is missing.")
            }
        guard let told else { return nil }
        let words = said(cluster.reason, cluster.message)
        return PodVerdict(.outOfReach, "is in cluster \(cluster.name), \(told.state): \(words)", told.advice)
    }

    private static func onLoss(_ facts: PodFacts) -> String {
        let cluster = "Mend the way to the cluster, or the cluster."
        guard facts.isTerminating else { return cluster }
        return "\(cluster) The pod goes when it is proved that nothing runs for it; \"kubectl delete --force "
            + "--grace-period=0\" takes it away at once."
    }
}

// MARK: - Its end

extension PodVerdict {
    private static func ofEnd(_ facts: PodFacts) -> PodVerdict? {
        guard facts.isTerminating else { return nil }
        if let lost = facts.denial("martlet.dev/Reachable") {
            return PodVerdict(
                .ending,
                "is to go, and waits: \(lost.message)",
                "Mend that node of the cluster, or remove it there."
            )
        }
        let finalizers = facts.metadata.finalizers
        if facts.keeper != nil, facts.delegate == nil, !finalizers.isEmpty {
            let names = finalizers.joined(separator: ", ")
            return PodVerdict(
                .ending,
                "is to go, nothing runs for it, and finalizers hold it: \(names).",
                "See who owns them."
            )
        }
        if facts.delegate?["terminating"]?.bool == true {
            let grace = facts.delegate?["deletionGracePeriodSeconds"]?.int.map { " (grace \($0) s)" } ?? ""
            return PodVerdict(
                .ending,
                "is to go; what runs for it is ending\(grace).",
                "Wait, or shorten the grace: kubectl delete --grace-period."
            )
        }
        return failure(of: facts, .ending)
            ?? PodVerdict(.ending, "is to go; martlet is about to end what runs for it.", "Wait.")
    }
}

// MARK: - Why nothing runs for it

extension PodVerdict {
    private static func ofDelegation(_ facts: PodFacts) -> PodVerdict? {
        guard facts.delegate == nil else { return nil }
        if let verdict = failure(of: facts, .waiting) { return verdict }
        if let denial = facts.denial("martlet.dev/Delegated") {
            let kind = kind(ofReason: denial.reason)
            return PodVerdict(kind, "waits: \(said(nil, denial.message))", adviceOnRefusal(denial.reason))
        }
        guard facts.keeper != nil, !hasRun(facts) else { return nil }
        return PodVerdict(.starting, "is about to get its delegate.", "Wait a moment.")
    }

    private static func hasRun(_ facts: PodFacts) -> Bool { ContainerStatuses.anyHasRun(in: facts.status) }

    /// What martlet has tried in vain.
    private static func failure(of facts: PodFacts, _ kind: Kind) -> PodVerdict? {
        guard let failures = facts.keeper?["failures"], let reason = failures["reason"]?.string else { return nil }
        let summary = "waits: \(said(nil, failures["message"]?.string))"
        return PodVerdict(kind == .waiting ? self.kind(ofReason: reason) : kind, summary, adviceOnRefusal(reason))
    }

    private static func kind(ofReason reason: String) -> Kind {
        ["DelegateForbidden", "DelegateInvalid", "FieldsNotInCluster", "PatchFailed"].contains(reason)
            ? .refused : .waiting
    }

    private static let adviceWithoutPlace = "No node of its cluster could take it: make room there, or ask for less."

    private static func adviceOnRefusal(_ reason: String) -> String {
        switch reason {
        case "MandatoryConfigMapNotFound", "MandatorySecretNotFound", "ClaimNotFound", "ServiceAccountNotFound":
            "Create it in the origin; the pod starts then by itself."
        case "ServiceAccountNotInCluster": "Have it made in the cluster; the pod starts then by itself."
        case "ClaimNotInCluster", "ClaimNotBound": "See the claim: kubectl describe pvc."
        case "DelegateNameTaken", "ConfigMapNameTaken", "SecretNameTaken", "ClaimNameTaken":
            "Rename or remove one of the two; what is the cluster's own is left alone."
        case "DelegateForbidden", "SecretNotCopied", "ConfigMapNotCopied":
            "Ask who runs the cluster: a quota, a policy or a webhook there refuses it. It is tried again by itself."
        case "DelegateInvalid": "Change the pod so that the cluster takes it; it is tried again by itself."
        case "FieldsNotInCluster": "Have it run in a cluster of a later release, or do without that field."
        case "PatchFailed": "Mend clusters[].pods.patches in martlet's configuration."
        case "RemoteBusy", "RemoteUnavailable", "NamespaceStarting", "DependentsPending", "EarlierDelegateEnding":
            "Wait: it is tried again by itself."
        case "OwnerBackOff": "Mend what its siblings were refused for; one of them is tried for all."
        case "DaemonSetIgnored", "NamespaceIgnored", "MirrorPodIgnored":
            "Keep such pods off virtual nodes, by a taint or a node affinity (README); or see clusters[].pods.policies."
        case "ConfigMapForbidden", "SecretForbidden", "ConfigMapCopiesForbidden", "SecretCopiesForbidden":
            "martlet check tells which right martlet lacks."
        case "NodeAffinity":
            "No node of its cluster is meant for it: see clusters[].pods.nodeSelector, and with scheduling: keep its own."
        case "NodePorts", "TaintToleration", "Unschedulable": adviceWithoutPlace
        case let reason where reason.hasPrefix("OutOf"): adviceWithoutPlace
        case let reason where reason.hasSuffix("Forbidden") && reason != "NamespaceForbidden":
            "Allow it by clusters[].pods.policies in martlet's configuration, or keep the pod off this cluster."
        default: "It is tried again by itself."
        }
    }

    /// A reason and its words as one text that ends with a full stop.
    static func said(_ reason: String?, _ message: String?) -> String {
        let words = [reason, message].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ": ")
        guard let last = words.last, !".!?…".contains(last) else { return words }
        return words + "."
    }
}
