import KubeModel

/// What of a pod's scheduling constraints holds in the cluster where its delegate runs, and the constraint that every
/// delegate has. Pure.
enum SchedulingConstraints {
    /// Keeps delegates off virtual nodes of the remote, ours and others': no loops between clusters that serve each
    /// other.
    private static let realNodesOnly: JSON = ["key": "type", "operator": "NotIn", "values": ["virtual-kubelet"]]

    private static let required = "requiredDuringSchedulingIgnoredDuringExecution"
    private static let preferred = "preferredDuringSchedulingIgnoredDuringExecution"

    /// The constraints of a pod in the terms of the remote: without those that name nodes of the origin.
    static func kept(of spec: JSON, namespaceName: (String) -> String) -> JSONObject {
        var result = JSONObject()
        if let selector = spec["nodeSelector"]?.object {
            let kept = selector.filter { !namesNode($0.key) }
            if !kept.isEmpty { result["nodeSelector"] = .object(JSONObject(kept.map { ($0.key, $0.value) })) }
        }
        if var affinity = spec["affinity"] {
            if let node = affinity["nodeAffinity"] { affinity["nodeAffinity"] = nodeAffinity(node) }
            for field in ["podAffinity", "podAntiAffinity"] {
                guard var terms = affinity[field] else { continue }
                adapt(&terms, namespaceName)
                affinity[field] = terms
            }
            result["affinity"] = affinity
        }
        if let constraints = spec["topologySpreadConstraints"]?.array {
            result["topologySpreadConstraints"] = .array(constraints.map(withoutMergedKeys))
        }
        return result
    }

    /// Adds to each alternative that the node must be a real one.
    static func keepOffVirtualNodes(_ spec: inout JSON) {
        var affinity = spec["affinity"]?.object.map { JSON.object($0) } ?? [:]
        var node = affinity["nodeAffinity"]?.object.map { JSON.object($0) } ?? [:]
        var terms = node.at(required, "nodeSelectorTerms")?.array ?? []
        // The cluster's scheduler takes an empty alternative for one that no node fits.
        if terms.isEmpty { terms = [[:]] }
        for index in terms.indices {
            var expressions = terms[index]["matchExpressions"]?.array ?? []
            if !expressions.contains(realNodesOnly) { expressions.append(realNodesOnly) }
            terms[index]["matchExpressions"] = .array(expressions)
        }
        node[required] = ["nodeSelectorTerms": .array(terms)]
        affinity["nodeAffinity"] = node
        spec["affinity"] = affinity
    }

    /// Labels by which a pod chose the virtual node itself, which no node of the remote has.
    private static func namesNode(_ key: String) -> Bool {
        key == "kubernetes.io/hostname" || key == "type" || key.hasPrefix("martlet.dev/")
    }

    private static func nodeAffinity(_ affinity: JSON) -> JSON {
        var result = affinity
        if let terms = affinity.at(required, "nodeSelectorTerms")?.array {
            let kept = terms.map(withoutNodeNames)
            // One alternative that was about the virtual node alone holds for every node here.
            let isOpen = kept.contains { isEmpty($0) }
            result[required] = isOpen ? nil : ["nodeSelectorTerms": .array(kept)]
        }
        if let terms = affinity[preferred]?.array {
            let kept = terms.compactMap { term -> JSON? in
                var result = term
                let preference = withoutNodeNames(term["preference"] ?? [:])
                result["preference"] = preference
                return isEmpty(preference) ? nil : result
            }
            result[preferred] = kept.isEmpty ? nil : .array(kept)
        }
        return result
    }

    private static func withoutNodeNames(_ term: JSON) -> JSON {
        var result = term
        // Fields of nodes are their names only.
        result["matchFields"] = nil
        let expressions = (term["matchExpressions"]?.array ?? []).filter { !namesNode($0["key"]?.string ?? "") }
        result["matchExpressions"] = expressions.isEmpty ? nil : .array(expressions)
        return result
    }

    private static func isEmpty(_ term: JSON) -> Bool { term.object?.isEmpty ?? true }

    /// Brings the terms of a pod affinity or anti-affinity to the remote.
    private static func adapt(_ affinity: inout JSON, _ namespaceName: (String) -> String) {
        func adaptTerm(_ term: inout JSON) {
            term = withoutMergedKeys(term)
            guard let namespaces = term["namespaces"]?.array else { return }
            term["namespaces"] = .array(namespaces.map { .string(namespaceName($0.string ?? "")) })
        }
        affinity.changeElements(of: required) { adaptTerm(&$0) }
        affinity.changeElements(of: preferred) { weighted in
            guard var term = weighted["podAffinityTerm"] else { return }
            adaptTerm(&term)
            weighted["podAffinityTerm"] = term
        }
    }

    /// A term, or a topology spread constraint, without the label keys that the origin's API server has merged into its
    /// selector (KEP-3633 and KEP-3243): a remote that merges them too refuses a key that the selector has already.
    private static func withoutMergedKeys(_ term: JSON) -> JSON {
        var result = term
        let expressions = term.at("labelSelector", "matchExpressions")?.array ?? []
        for (field, operation) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
            guard let keys = term[field]?.array else { continue }
            let merged = expressions.filter { $0["operator"]?.string == operation }.compactMap { $0["key"]?.string }
            let rest = keys.filter { !merged.contains($0.string ?? "") }
            result[field] = rest.isEmpty ? nil : .array(rest)
        }
        return result
    }
}
