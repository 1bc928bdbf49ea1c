internal import KubeClient
internal import KubeModel
internal import Providers

/// What stands in the configuration in the terms of the pod API.
extension ConfigurationReader {
    /// One of a fixed set of words.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ node: YAMLNode, at field: String) -> Choice?
    {
        guard let text = scalar(node, at: field) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        report(node, field, "must be one of \(known), not \"\(text)\"")
        return nil
    }

    /// A duration as Kubernetes' tools write it.
    mutating func duration(_ node: YAMLNode, at field: String, in range: ClosedRange<Duration>) -> Duration? {
        guard let text = scalar(node, at: field) else { return nil }
        guard let value = GoDuration.parse(text), range.contains(value) else {
            let bounds = "\(GoDuration.text(range.lowerBound)) to \(GoDuration.text(range.upperBound))"
            report(node, field, "must be a duration from \(bounds) such as 1m30s, not \"\(text)\"")
            return nil
        }
        return value
    }

    /// The name of an object of cluster scope.
    mutating func objectName(_ node: YAMLNode, at field: String) -> String? {
        guard let text = string(node, at: field) else { return nil }
        guard !text.isEmpty, LabelSyntax.isDNSSubdomain(text) else {
            report(node, field, "must be the name of an object: lower case letters, digits, '-' and '.'")
            return nil
        }
        return text
    }

    /// - Parameters:
    ///   - reserved: labels that can't be given here, with what to use instead.
    ///   - tolerated: the values with which reserved ones may be given all the same.
    mutating func labels(
        of node: YAMLNode,
        at field: String,
        reserved: [String: String] = [:],
        tolerated: [String: String] = [:]
    ) -> [String: String] {
        keyed(node, at: field) { key, value in
            tolerated[key] == value ? nil : reserved[key] ?? NameSyntax.labelValue(value)
        }
    }

    mutating func annotations(of node: YAMLNode, at field: String) -> [String: String] {
        keyed(node, at: field) { _, _ in nil }
    }

    private mutating func keyed(
        _ node: YAMLNode,
        at field: String,
        check: (_ key: String, _ value: String) -> String?
    ) -> [String: String] {
        var result: [String: String] = [:]
        for (key, value, node) in strings(of: node, at: field) {
            if let problem = NameSyntax.othersKey(key) ?? check(key, value) { report(node, "\(field).\(key)", problem) }
            result[key] = value
        }
        return result
    }

    /// Tolerations as in a pod's spec, checked as API servers do (core validation `ValidateTolerations`).
    mutating func tolerations(of node: YAMLNode, at field: String) -> [JSON] {
        let known = ["key", "operator", "value", "effect", "tolerationSeconds"]
        return elements(of: node, at: field).enumerated().map { index, element in
            let place = "\(field)[\(index)]"
            let members = members(of: element, at: place, known: known)
            if let problem = Self.problem(ofToleration: members.mapValues(\.json)) { report(element, place, problem) }
            return .object(JSONObject(known.compactMap { key in members[key].map { (key, $0.json) } }))
        }
    }

    private static func problem(ofToleration members: [String: JSON]) -> String? {
        let key = members["key"]?.string ?? ""
        let operation = members["operator"]?.string ?? "Equal"
        let effect = members["effect"]?.string ?? ""
        if !key.isEmpty, let problem = NameSyntax.qualifiedName(key) { return "key: \(problem)" }
        guard ["Exists", "Equal"].contains(operation) else { return "operator must be Exists or Equal" }
        if key.isEmpty, operation != "Exists" { return "without a key the operator must be Exists" }
        if operation == "Exists", members["value"]?.string?.isEmpty == false { return "Exists takes no value" }
        if let value = members["value"], value.string == nil { return "value must be text; write it in quotes" }
        guard ["", "NoSchedule", "PreferNoSchedule", "NoExecute"].contains(effect) else {
            return "effect must be NoSchedule, PreferNoSchedule or NoExecute"
        }
        guard let seconds = members["tolerationSeconds"] else { return nil }
        guard seconds.int != nil else { return "tolerationSeconds must be a whole number" }
        return effect == "NoExecute" ? nil : "tolerationSeconds goes with the effect NoExecute"
    }

    /// Patches of delegates.
    mutating func patches(of node: YAMLNode, at field: String) -> [PodPatch] {
        elements(of: node, at: field).enumerated().map { index, element in
            let place = "\(field)[\(index)]"
            let members = members(of: element, at: place, known: ["selector", "patch"])
            let selector =
                members["selector"].flatMap { labelSelector($0, at: "\(place).selector") } ?? LabelSelector.everything
            guard let patch = members["patch"] else {
                report(element, "\(place).patch", "is missing")
                return PodPatch(selector: selector, operations: [])
            }
            return PodPatch(selector: selector, operations: operations(of: patch, at: "\(place).patch"))
        }
    }

    private mutating func labelSelector(_ node: YAMLNode, at field: String) -> LabelSelector? {
        guard let text = string(node, at: field) else { return nil }
        do {
            return try LabelSelector(parsing: text)
        } catch {
            report(node, field, error.message)
            return nil
        }
    }

    private mutating func operations(of node: YAMLNode, at field: String) -> [JSONPatch.Operation] {
        var result: [JSONPatch.Operation] = []
        for (index, element) in elements(of: node, at: field).enumerated() {
            let place = "\(field)[\(index)]"
            let members = members(of: element, at: place, known: ["op", "path", "from", "value"])
            if let problem = Self.problem(ofOperation: members.mapValues(\.json)) {
                report(element, place, problem)
                continue
            }
            do {
                result += try JSONPatch.operations(from: [element.json])
            } catch {
                report(element, place, "is no operation of a JSON patch (RFC 6902)")
            }
        }
        return result
    }

    private static func problem(ofOperation members: [String: JSON]) -> String? {
        let operation = members["op"]?.string ?? ""
        guard ["add", "remove", "replace", "move", "copy", "test"].contains(operation) else {
            return "op must be one of add, remove, replace, move, copy, test"
        }
        var pointers = ["path"]
        if ["move", "copy"].contains(operation) { pointers.append("from") }
        for field in pointers {
            guard let pointer = members[field]?.string.flatMap(JSONPointer.init(parsing:)), !pointer.tokens.isEmpty
            else {
                return "\(field) must name a place in the pod, such as /spec/containers/0/image"
            }
            if let first = pointer.tokens.first, first != "metadata", first != "spec" {
                return "\(field) must begin with /metadata or /spec"
            }
        }
        if ["add", "replace", "test"].contains(operation), members["value"] == nil { return "needs a value" }
        return nil
    }
}
