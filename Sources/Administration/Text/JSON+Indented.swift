package import KubeModel

extension JSON {
    /// The value as people read it: each member and element on a line of its own, two spaces deeper than what holds it.
    package var indented: String { indented(by: "") }

    private func indented(by margin: String) -> String {
        let inner = margin + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { inner + $0.indented(by: inner) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(margin)]"
        case .object(let members) where !members.isEmpty:
            let lines = members.map { key, value in "\(inner)\(JSON.string(key).text): \(value.indented(by: inner))" }
            return "{\n\(lines.joined(separator: ",\n"))\n\(margin)}"
        default:
            return text
        }
    }
}
