internal import KubeModel

// MARK: - What its cluster says of it

extension PodVerdict {
    static func inCluster(_ facts: PodFacts) -> PodVerdict? {
        if let unplaced = facts.denial("martlet.dev/DelegateScheduled") {
            return PodVerdict(
                .unscheduled,
                "waits in cluster \(facts.nodeName), where no node can take it: \(said(nil, unplaced.message))",
                "\(requests(facts)) Make room there, ask for less, or have it run in another cluster: delete the pod, so that "
                    + "the scheduler chooses anew.\(deadline(facts))"
            )
        }
        if let lost = facts.denial("martlet.dev/Reachable") {
            return PodVerdict(
                .outOfReach,
                "is out of reach: \(said(nil, lost.message))",
                "See that node of the cluster."
            )
        }
        return nil
    }

    /// That it does not wait for ever, where that is so.
    private static func deadline(_ facts: PodFacts) -> String {
        guard let time = facts.keeper?["failsAt"]?.string, let owner = facts.metadata.controller else { return "" }
        return " Without a node it is Failed at \(time), and \(owner.kind) \(owner.name) makes another."
    }

    /// What the pod asks for of what its cluster has in one place.
    private static func requests(_ facts: PodFacts) -> String {
        let asked = text(facts.requests)
        guard case .virtual(let cluster) = facts.place, let largest = cluster.largestSlot else {
            return "It asks for \(asked)."
        }
        return "It asks for \(asked); the largest single place there has \(text(largest))."
    }

    /// "cpu 2, memory 4Gi".
    static func text(_ amounts: ResourceList) -> String {
        let order = ["cpu", "memory"] + amounts.keys.filter { !["cpu", "memory", "pods"].contains($0) }.sorted()
        let words = order.compactMap { name in amounts[name].map { "\(name) \(AmountText.text($0, of: name))" } }
        return words.isEmpty ? "nothing" : words.joined(separator: ", ")
    }
}

// MARK: - What its containers say

extension PodVerdict {
    static func ofContainers(_ facts: PodFacts) -> PodVerdict {
        let statuses = ContainerStatuses.fields.prefix(2).flatMap { facts.status[$0]?.array ?? [] }
        if let stuck = statuses.first(where: isStuck) { return stuckContainer(stuck) }
        if facts.condition("Ready")?.status == "True" {
            let update = facts.denial("martlet.dev/Updated")
            let change = update.map { " A change of it is refused: \(said(nil, $0.message))" } ?? ""
            return PodVerdict(.running, "runs and is ready.\(change)", update == nil ? "Nothing." : "Mend the change.")
        }
        if facts.phase == .running {
            let words = said(nil, facts.condition("Ready")?.message)
            return PodVerdict(
                .running,
                "runs and is not ready\(words.isEmpty ? "." : ": \(words)")",
                "See its readiness probes and gates: kubectl describe pod, kubectl logs."
            )
        }
        return starting(facts)
    }

    private static func isStuck(_ container: JSON) -> Bool {
        guard let reason = container.at("state", "waiting", "reason")?.string else { return false }
        return !["ContainerCreating", "PodInitializing"].contains(reason)
    }

    private static func stuckContainer(_ container: JSON) -> PodVerdict {
        let name = container["name"]?.string ?? ""
        let waiting = container.at("state", "waiting")
        let reason = waiting?["reason"]?.string ?? ""
        let words = said(reason, waiting?["message"]?.string)
        let advice =
            switch reason {
            case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull":
                "See the image's name and the pull secret; the cluster has to reach the registry."
            case "CrashLoopBackOff": "It ends soon after each start: kubectl logs --previous tells why."
            case "CreateContainerConfigError", "CreateContainerError":
                "See what the container refers to, and its command."
            default: "kubectl describe pod tells more."
            }
        return PodVerdict(.waiting, "is held up by container \(name): \(words)", advice)
    }

    /// Nothing has gone wrong so far, unless the cluster warns.
    private static func starting(_ facts: PodFacts) -> PodVerdict {
        let told = (facts.keeper?["events"]?.array ?? []) + facts.events
        let warning = told.last { $0["type"]?.string == "Warning" }
        guard let warning else {
            let place = facts.nodeName.isEmpty ? "" : " in cluster \(facts.nodeName)"
            return PodVerdict(.starting, "is being started\(place).", "Wait: nothing has gone wrong so far.")
        }
        let words = said(warning["reason"]?.string, warning["message"]?.string)
        return PodVerdict(.waiting, "is being started, and there is a warning: \(words)", "See whether it passes.")
    }
}
