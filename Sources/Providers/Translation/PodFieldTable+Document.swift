/// The table as it stands in `docs/pods.md`.
extension PodFieldTable {
    /// The rows, as a table of Markdown.
    package static var document: String {
        var lines = ["| field | in the delegate | why |", "|---|---|---|"]
        lines += rows.map { "| `\($0.path)` | \($0.fate.rawValue) | \($0.why) |" }
        return lines.joined(separator: "\n")
    }

    /// The fields that arrive as they are, in the order given, as a list of Markdown. A field is named by itself down to
    /// those of containers and volumes; deeper ones are told only where they fare differently.
    ///
    /// - Parameter fields: the paths of all fields of the API.
    package static func unchanged(among fields: [String]) -> String {
        let sections = ["spec.containers[].", "spec.volumes[].", "spec."]
        var members: [String: [String]] = [:]
        for field in fields where row(for: field) == nil {
            guard let section = sections.first(where: field.hasPrefix) else { continue }
            let rest = field.dropFirst(section.count)
            let name = rest.hasSuffix("[]") ? rest.dropLast(2) : rest
            guard !name.contains(".") else { continue }
            members[section, default: []].append("`\(name)`")
        }
        let titles = ["spec.": "of the spec", "spec.containers[].": "of a container", "spec.volumes[].": "of a volume"]
        return sections.reversed().map { section in
            "- \(titles[section] ?? ""): \((members[section] ?? []).joined(separator: ", "))"
        }.joined(separator: "\n")
    }
}
