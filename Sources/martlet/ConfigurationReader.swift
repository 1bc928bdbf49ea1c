internal import KubeClient

/// Takes YAML nodes apart and collects what is wrong with them, so that one run tells everything.
///
/// Each function returns what can be used although something beside it is wrong.
struct ConfigurationReader {
    /// The name of the file, for messages.
    let file: String
    private(set) var problems: [ConfigurationProblem] = []

    init(file: String) {
        self.file = file
    }

    mutating func report(_ node: YAMLNode, _ field: String, _ message: String) {
        problems.append(ConfigurationProblem(file: file, line: node.line, field: field, message: message))
    }

    /// The members of a mapping; those whose keys are not known are told and left out.
    mutating func members(of node: YAMLNode, at field: String, known: [String]) -> [String: YAMLNode] {
        var result: [String: YAMLNode] = [:]
        for (key, value) in entries(of: node, at: field) {
            guard known.contains(key.text) else {
                report(
                    key.node,
                    Self.path(field, key.text),
                    "unknown field; known are \(known.joined(separator: ", "))"
                )
                continue
            }
            result[key.text] = value
        }
        return result
    }

    /// The elements of a sequence.
    mutating func elements(of node: YAMLNode, at field: String) -> [YAMLNode] {
        guard let elements = node.sequence else {
            if !node.isNull { report(node, field, "must be a list") }
            return []
        }
        return elements
    }

    /// The text of a scalar of any type.
    mutating func scalar(_ node: YAMLNode, at field: String) -> String? {
        guard let text = node.scalarText, !node.isNull else {
            report(node, field, "must be a single value")
            return nil
        }
        return text
    }

    /// The text of a string. A bare `true` or `1` is refused as API servers do it, since YAML does not mean text by it.
    mutating func string(_ node: YAMLNode, at field: String) -> String? {
        guard let text = scalar(node, at: field) else { return nil }
        guard node.isString else {
            report(node, field, "must be text; write it in quotes: \"\(text)\"")
            return nil
        }
        return text
    }

    /// The text of a member that must not be empty; nil where there is none.
    mutating func text(_ key: String, in members: [String: YAMLNode], at field: String) -> String? {
        let place = Self.path(field, key)
        guard let node = members[key], let text = string(node, at: place) else { return nil }
        if text.isEmpty { report(node, place, "must not be empty") }
        return text
    }

    /// The same for what becomes the value of a label.
    mutating func labelValue(_ key: String, in members: [String: YAMLNode], at field: String) -> String? {
        guard let text = text(key, in: members, at: field), let node = members[key] else { return nil }
        if let problem = NameSyntax.labelValue(text) { report(node, Self.path(field, key), problem) }
        return text
    }

    /// A mapping of strings with the node of each value.
    mutating func strings(of node: YAMLNode, at field: String) -> [(key: String, value: String, node: YAMLNode)] {
        entries(of: node, at: field).compactMap { key, value in
            string(value, at: Self.path(field, key.text)).map { (key.text, $0, value) }
        }
    }

    /// The pairs of a mapping whose keys are texts and differ.
    mutating func entries(
        of node: YAMLNode,
        at field: String
    ) -> [(key: (text: String, node: YAMLNode), value: YAMLNode)] {
        guard let pairs = node.mapping else {
            if !node.isNull { report(node, field, "must be a mapping") }
            return []
        }
        var seen: Set<String> = []
        var result: [(key: (text: String, node: YAMLNode), value: YAMLNode)] = []
        for (key, value) in pairs {
            guard let text = scalar(key, at: Self.path(field, "?")) else { continue }
            guard seen.insert(text).inserted else {
                report(key, Self.path(field, text), "is given twice")
                continue
            }
            result.append(((text, key), value))
        }
        return result
    }

    static func path(_ field: String, _ key: String) -> String { field.isEmpty ? key : "\(field).\(key)" }
}
