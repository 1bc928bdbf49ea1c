internal import KubeModel

/// All that was found out about a pod, for a person: the verdict first. Pure.
struct PodExplanationText {
    let facts: PodFacts
    let verdict: PodVerdict
    /// Since 1970, by the clock of the origin.
    let now: Duration

    var text: String {
        let name = facts.metadata.key.description
        var lines = ["\(name) \(verdict.summary)", "What to do: \(verdict.advice)", ""]
        lines += ExplanationLines.section("Pod", pod)
        lines += ExplanationLines.section("Node", node)
        lines += ExplanationLines.section("Delegate", delegate)
        lines += ExplanationLines.section("Work", work)
        lines += ExplanationLines.section("Refers to", (facts.keeper?["needs"]?.array ?? []).map(Self.need))
        lines += ExplanationLines.section("Fields", fields)
        lines += ExplanationLines.section("Conditions", conditions)
        lines += ExplanationLines.section(
            "Cluster says",
            (facts.keeper?["events"]?.array ?? []).map(ExplanationLines(now: now).event)
        )
        lines += ExplanationLines.section("Origin says", facts.events.suffix(5).map(ExplanationLines(now: now).event))
        lines += ExplanationLines.section("Not known", facts.notes)
        return lines.map(\.plainLine).joined(separator: "\n")
    }

    private var pod: [String] {
        let owner = facts.metadata.controller.map { ", of \($0.kind) \($0.name)" } ?? ""
        let age = AgeText.since(facts.metadata.creationTimestamp, now: now)
        let state = facts.isTerminating ? "terminating" : facts.phase.rawValue
        return ["\(facts.metadata.key), \(state), \(age) old\(owner)", "UID \(facts.metadata.uid)"]
    }

    private var node: [String] {
        switch facts.place {
        case .unscheduled(let clusters):
            return (clusters ?? []).map { row in
                let largest = row.largestSlot.map { ", the largest single place \(PodVerdict.text($0))" } ?? ""
                return "\(row.name) \(row.state.rawValue)\(row.isCordoned ? ",cordoned" : "")\(largest)"
            }
        case .virtual(let row):
            let words = row.hasNews ? ": \(PodVerdict.said(row.reason, row.message))" : ""
            return ["\(row.name), cluster \(row.state.rawValue)\(row.isCordoned ? ",cordoned" : "")\(words)"]
        case .foreign, .missing, .unseen: return [facts.nodeName]
        }
    }

    private var delegate: [String] {
        guard let keeper = facts.keeper else { return [] }
        guard let delegate = keeper["delegate"] else {
            return keeper["place"].map { ["none; it would be \(Self.place($0)) in cluster \(facts.nodeName)"] } ?? [
                "none"
            ]
        }
        let state = delegate["terminating"]?.bool == true ? "terminating" : delegate["phase"]?.string ?? ""
        let node = delegate["node"]?.string.map { " on its node \($0)" } ?? ", on no node"
        let lost = delegate["lostNode"] == nil ? "" : ", which does not answer"
        return [
            "\(Self.place(delegate)) in cluster \(facts.nodeName)\(node)\(lost), \(state)",
            "UID \(delegate["uid"]?.string ?? "")",
        ]
    }

    private var work: [String] {
        guard let keeper = facts.keeper else { return [] }
        var lines: [String] = []
        if let refusal = keeper["refusal"] { lines.append("policy: \(ExplanationLines.words(refusal))") }
        if let failures = keeper["failures"] {
            let count = failures["count"]?.int ?? 0
            let last = AgeText.since(failures["lastTime"]?.string, now: now)
            lines.append(
                "failed \(count) \(count == 1 ? "time" : "times") in a row, last \(last) ago: \(ExplanationLines.words(failures))"
            )
        }
        if let step = keeper["step"]?.string, !["rest", "mirror"].contains(step) {
            let next = keeper["nextLook"]?.string.flatMap(Timestamp.parse).map { Duration.seconds($0) - now }
            lines.append("next step: \(step)\(next.map { " in \(AgeText.text($0))" } ?? ", when something changes")")
        }
        return lines
    }

    private var fields: [String] {
        let all = facts.keeper?["fields"]?.array ?? []
        let ordinary = all.filter { $0["ordinary"]?.bool == true }
        var lines = all.filter { $0["ordinary"]?.bool != true }.map { field in
            let fate = field["fate"]?.string ?? (field["missing"]?.bool == true ? "not there" : "different")
            return "\(field["path"]?.string ?? ""): \(fate); \(field["why"]?.string ?? "")"
        }
        if !ordinary.isEmpty {
            lines.append("\(ordinary.count) that are otherwise in every delegate (-o json names them)")
        }
        return lines
    }

    /// Those of the pod that say no, or are martlet's own.
    private var conditions: [String] {
        let all = (facts.status["conditions"]?.array ?? []).filter { condition in
            let type = condition["type"]?.string ?? ""
            return condition["status"]?.string != "True" && type != "martlet.dev/Delegated"
                || type == "DisruptionTarget"
        }
        return all.map { condition in
            let words = ExplanationLines.words(condition)
            return
                "\(condition["type"]?.string ?? "")=\(condition["status"]?.string ?? "")\(words.isEmpty ? "" : " \(words)")"
        }
    }

    private static func need(_ need: JSON) -> String {
        let name = "\(need["kind"]?.string ?? "") \(need["name"]?.string ?? "")"
        let optional = need["optional"]?.bool == true ? " (optional)" : ""
        let state =
            switch need["state"]?.string {
            case "ready": "ready"
            case "pending": "on its way"
            case "leftOut": "left out"
            default: ExplanationLines.words(need)
            }
        return "\(name)\(optional): \(state)"
    }

    private static func place(_ json: JSON) -> String {
        ObjectKey(namespace: json["namespace"]?.string ?? "", name: json["name"]?.string ?? "").description
    }
}
