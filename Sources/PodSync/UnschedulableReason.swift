import KubeModel
import Providers

/// A kubelet's reason for what a cluster's scheduler says of a pod that it finds no node for. Pure.
///
/// A kubelet names the first of its predicates that fails (kubernetes pkg/kubelet/lifecycle/predicate.go, `Admit`): "OutOf"
/// and the resource, or the scheduler's plugin that it shares. The scheduler counts what each node fails by
/// (pkg/scheduler/framework, `FitError`): "0/3 nodes are available: 1 Too many pods, 2 Insufficient cpu." The reason is what
/// holds on every node; where nothing does, or a kubelet has no name for it, there is none but that it is unschedulable.
enum UnschedulableReason {
    /// The reason of the scheduler's own condition.
    static let other = "Unschedulable"

    /// What the scheduler says of an instance that never had a node; nil if it has one, has run, is to go, or was not
    /// looked at, or if other pods have to go for it from a node that is named already. A status that can't be read says
    /// nothing.
    static func words(of instance: PodInstance) -> String? {
        guard instance.nodeName == nil, !instance.hasRun, !instance.isTerminating, !instance.isTerminal,
            let status = try? instance.status(), status["nominatedNodeName"]?.string?.isEmpty ?? true
        else { return nil }
        let condition = status["conditions"]?.array?.first { $0["type"]?.string == "PodScheduled" }
        guard condition?["status"]?.string == "False", condition?["reason"]?.string == other else { return nil }
        return condition?["message"]?.string ?? ""
    }

    /// The reason, by the scheduler's message.
    static func reason(of message: String) -> String {
        guard let (total, causes) = parse(message) else { return other }
        var found: [(reason: String, nodes: Int)] = []
        for cause in causes {
            guard let reason = reason(ofCause: cause.text) else { continue }
            if let index = found.firstIndex(where: { $0.reason == reason }) {
                // Taints, of which a node is counted for one only.
                found[index].nodes += cause.nodes
            } else {
                found.append((reason, cause.nodes))
            }
        }
        return found.first { $0.nodes >= total }?.reason ?? other
    }

    /// How many nodes there are, and the causes with the number of nodes that each holds on; nil for other words. What
    /// comes after the first sentence is about preemption.
    private static func parse(_ message: String) -> (total: Int, causes: [(nodes: Int, text: String)])? {
        let words = message.split(separator: " ")
        guard words.count > 4, words[0].hasPrefix("0/"), words[1...3].joined(separator: " ") == "nodes are available:",
            let total = count(words[0].dropFirst(2)), total > 0
        else { return nil }
        var causes: [(nodes: Int, text: String)] = []
        var isStart = true
        for word in words.dropFirst(4) {
            if isStart, let nodes = count(word) {
                causes.append((nodes, ""))
                isStart = false
                continue
            }
            guard let last = causes.indices.last else { return nil }
            let isEnd = word.hasSuffix(".")
            // Some causes have a comma of their own: the next one begins with a number.
            isStart = word.hasSuffix(",")
            if !causes[last].text.isEmpty { causes[last].text += " " }
            causes[last].text += String(isEnd || isStart ? word.dropLast() : word)
            if isEnd { break }
        }
        return (total, causes)
    }

    /// Texts of the scheduler's plugins from Kubernetes 1.20 on.
    private static func reason(ofCause text: String) -> String? {
        if text == "Too many pods" { return "OutOfpods" }
        if text.hasPrefix("Insufficient ") {
            let resource = text.dropFirst("Insufficient ".count)
            return isResource(resource) ? "OutOf\(resource)" : nil
        }
        if text.hasPrefix("node(s) didn't have free ports") { return "NodePorts" }
        if text.hasPrefix("node(s) didn't match node selector") { return "NodeAffinity" }
        if text.hasPrefix("node(s) didn't match Pod's node affinity") { return "NodeAffinity" }
        if text.hasPrefix("node(s) had taint ") { return "TaintToleration" }
        if text.hasPrefix("node(s) had untolerated taint") { return "TaintToleration" }
        return nil
    }

    /// The words are the cluster's: what becomes a reason has to be a name.
    private static func isResource(_ text: Substring) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._/".contains($0)) }
    }

    private static func count(_ text: Substring) -> Int? {
        (1...7).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
    }
}
