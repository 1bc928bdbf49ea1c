internal import KubeClient
internal import KubeModel
internal import VirtualNode

extension ClusterConfiguration {
    static func taints(_ node: YAMLNode, at field: String, reader: inout ConfigurationReader) -> [Taint] {
        var taints: [Taint] = []
        for (index, element) in reader.elements(of: node, at: field).enumerated() {
            let place = "\(field)[\(index)]"
            guard let taint = taint(element, at: place, reader: &reader) else { continue }
            if taints.contains(where: { $0.identity == taint.identity }) {
                reader.report(element, place, "a node can have only one taint \(taint.identity)")
            }
            taints.append(taint)
        }
        return taints
    }

    private static func taint(_ node: YAMLNode, at field: String, reader: inout ConfigurationReader) -> Taint? {
        let members = reader.members(of: node, at: field, known: ["key", "value", "effect"])
        let key = required("key", in: members, of: node, at: field, reader: &reader)
        if let key, let problem = NameSyntax.qualifiedName(key) {
            reader.report(members["key"] ?? node, "\(field).key", problem)
        }
        let value = members["value"].flatMap { reader.string($0, at: "\(field).value") }
        if let value, let problem = NameSyntax.labelValue(value) {
            reader.report(members["value"] ?? node, "\(field).value", problem)
        }
        guard let key, let effect = effect(in: members, of: node, at: field, reader: &reader) else { return nil }
        return Taint(key: key, value: value ?? "", effect: effect)
    }

    private static let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]

    private static func effect(
        in members: [String: YAMLNode],
        of node: YAMLNode,
        at field: String,
        reader: inout ConfigurationReader
    ) -> String? {
        guard let effect = required("effect", in: members, of: node, at: field, reader: &reader) else { return nil }
        guard effects.contains(effect) else {
            let known = effects.joined(separator: ", ")
            reader.report(members["effect"] ?? node, "\(field).effect", "must be one of \(known), not \"\(effect)\"")
            return nil
        }
        return effect
    }

    private static func required(
        _ key: String,
        in members: [String: YAMLNode],
        of node: YAMLNode,
        at field: String,
        reader: inout ConfigurationReader
    ) -> String? {
        guard let member = members[key] else {
            reader.report(node, "\(field).\(key)", "is missing")
            return nil
        }
        return reader.string(member, at: "\(field).\(key)")
    }

    /// Amounts may be written as numbers (`cpu: 8`) or as quantities (`memory: 16Gi`).
    static func amounts(_ node: YAMLNode, at field: String, reader: inout ConfigurationReader) -> ResourceList {
        var amounts: ResourceList = [:]
        for (key, value) in reader.entries(of: node, at: field) {
            let place = "\(field).\(key.text)"
            if let problem = NameSyntax.qualifiedName(key.text) { reader.report(key.node, place, problem) }
            guard let text = reader.scalar(value, at: place) else { continue }
            do {
                let amount = try Quantity(text)
                if amount < .zero { reader.report(value, place, "must not be negative") }
                amounts[key.text] = amount
            } catch {
                reader.report(value, place, "must be a quantity such as 8, 500m or 16Gi, not \"\(text)\"")
            }
        }
        return amounts
    }
}
