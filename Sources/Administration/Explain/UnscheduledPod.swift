internal import KubeModel

/// Why a pod has no node. Pure.
struct UnscheduledPod {
    let facts: PodFacts
    /// The clusters that there are; nil where they can't be read.
    let clusters: [ClusterRow]?

    var verdict: PodVerdict {
        let gates = (facts.pod.at("spec", "schedulingGates")?.array ?? []).compactMap { $0["name"]?.string }
        if !gates.isEmpty {
            let names = gates.joined(separator: ", ")
            return PodVerdict(.unscheduled, "waits for its scheduling gates: \(names).", "Whoever set them opens them.")
        }
        guard let scheduled = facts.denial("PodScheduled"), !scheduled.message.isEmpty else {
            let name = facts.pod.at("spec", "schedulerName")?.string ?? "default-scheduler"
            return PodVerdict(
                .unscheduled,
                "has not been looked at by scheduler \(name) yet.",
                "See whether that runs."
            )
        }
        return PodVerdict(
            .unscheduled,
            "is on no node: the origin's scheduler says \"\(scheduled.message)\"",
            advice
        )
    }

    private var advice: String {
        guard let clusters else { return "martlet clusters tells which clusters are ready, and what fits there." }
        guard !clusters.isEmpty else { return "There is no virtual node: is martlet running, with a cluster?" }
        let usable = clusters.filter { [.healthy, .degraded].contains($0.state) && !$0.isCordoned }
        guard !usable.isEmpty else {
            let states = clusters.map { "\($0.name) \($0.state.rawValue)\($0.isCordoned ? ",cordoned" : "")" }
            return "No cluster takes pods now: \(states.joined(separator: ", "))."
        }
        let asked = PodVerdict.text(facts.requests)
        guard usable.contains(where: hasRoom) else {
            let largest = usable.compactMap { row in row.largestSlot.map { "\(PodVerdict.text($0)) in \(row.name)" } }
            return "It asks for \(asked); the largest single places are \(largest.joined(separator: "; "))."
        }
        let names = usable.map(\.name).joined(separator: ", ")
        return
            "It asks for \(asked), for which there is room. See its node selector, affinity and tolerations against the "
            + "labels and taints of \(names)."
    }

    /// Whether a single place of the cluster has what the pod asks for; where that is not known, whether all of it has.
    private func hasRoom(_ cluster: ClusterRow) -> Bool {
        let room = cluster.largestSlot ?? cluster.allocatable
        return facts.requests.allSatisfy { name, amount in
            guard let free = room[name] ?? cluster.allocatable[name] else { return amount.isZero }
            return amount <= free
        }
    }
}
