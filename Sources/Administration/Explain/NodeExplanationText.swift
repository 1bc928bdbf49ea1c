internal import KubeModel
internal import VirtualNode

/// All that was found out about a virtual node, for a person: the verdict first. Pure.
struct NodeExplanationText {
    let facts: NodeFacts
    let verdict: NodeVerdict
    /// Since 1970, by the clock of the origin.
    let now: Duration

    /// Pods that are named; the others are counted.
    private static let namedPods = 10

    var text: String {
        let lines = ["\(row.name) \(verdict.summary)", "What to do: \(verdict.advice)", ""] + sections.flatMap { $0 }
        return lines.map(\.plainLine).joined(separator: "\n")
    }

    private var row: ClusterRow { facts.row }

    private var sections: [[String]] {
        [
            ExplanationLines.section("Node", node), ExplanationLines.section("Ready", ready),
            ExplanationLines.section("Conditions", facts.furtherConditions.map(condition)),
            ExplanationLines.section("Keeps off", facts.obstacles),
            ExplanationLines.section("Room", room), ExplanationLines.section("Slots", slots),
            ExplanationLines.section("Pods", pods),
            ExplanationLines.section("Origin says", facts.events.suffix(5).map(ExplanationLines(now: now).event)),
            ExplanationLines.section("Not known", facts.notes),
        ]
    }

    private var node: [String] {
        let cluster = facts.node.labels[NodeKeys.cluster] ?? row.name
        let place = [row.region, row.zone].filter { !$0.isEmpty }.joined(separator: "/")
        let words = [
            cluster == row.name ? "" : "of cluster \(cluster)", row.version, place,
            row.roundTrip.map { "round trip \($0)" } ?? "", "\(AgeText.since(row.created, now: now)) old",
        ]
        return [words.filter { !$0.isEmpty }.joined(separator: ", ")]
    }

    private var ready: [String] {
        guard let ready = facts.node.conditions.first(where: { $0.type == StatedCondition.readyType }) else {
            return []
        }
        let since = AgeText.since(facts.since[StatedCondition.readyType], now: now)
        return ["\(ready.status) for \(since): \(PodVerdict.said(ready.reason, ready.message))"]
    }

    private func condition(_ condition: NodeCondition) -> String {
        "\(condition.type)=\(condition.status) \(PodVerdict.said(condition.reason, condition.message))"
    }

    /// What its pods ask for of what it can take: a sum over the cluster's nodes.
    private var room: [String] {
        let order = ["cpu", "memory", "pods"]
        let others = row.allocatable.keys.filter { !order.contains($0) }.sorted()
        let words = (order + others).compactMap { name -> String? in
            guard let all = row.allocatable[name] else { return nil }
            let asked = name == "pods" ? row.load.map { "\($0.pods)" } : row.load.map { used(name, $0) }
            return "\(name) \(asked ?? "?") of \(AmountText.text(all, of: name))"
        }
        return words.isEmpty ? [] : [words.joined(separator: ", ")]
    }

    private func used(_ name: String, _ load: NodeLoad) -> String {
        load.requests[name].map { AmountText.text($0, of: name) } ?? "0"
    }

    private var slots: [String] {
        let counts = (row.slots ?? []).map { "\($0.pods) of \($0.shape)" }.joined(separator: ", ")
        let largest = row.largestSlot.map { "the largest single place has \(PodVerdict.text($0))" } ?? ""
        return [counts, largest].filter { !$0.isEmpty }
    }

    private var pods: [String] {
        guard let pods = facts.pods else { return [] }
        let counts = facts.phases.map { "\($0.count) \($0.phase)" }.joined(separator: ", ")
        let named = facts.waiting.prefix(Self.namedPods).map { pod in
            let metadata = ObjectMeta(pod)
            let how = "martlet explain pod/\(metadata.name) -n \(metadata.namespace)"
            return "\(metadata.key) \(NodeFacts.state(pod)): \(how)"
        }
        let rest = facts.waiting.count - named.count
        return [pods.isEmpty ? "none" : counts] + named + (rest > 0 ? ["and \(rest) more that do not run"] : [])
    }
}
