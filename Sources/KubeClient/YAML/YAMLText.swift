package import KubeModel

/// Writes JSON trees as YAML that people read and kubectl takes.
package enum YAMLText {
    /// The document with a newline at its end. Whatever could mean something else stands in quotes.
    package static func of(_ json: JSON) -> String {
        var lines: [String] = []
        write(json, indent: 0, lead: "", to: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    /// - Parameter lead: what stands before the value in its first line: a key, or the dash of an element.
    private static func write(_ json: JSON, indent: Int, lead: String, to lines: inout [String]) {
        let margin = String(repeating: " ", count: indent)
        switch json {
        case .object(let members) where !members.isEmpty:
            for (index, (key, value)) in members.enumerated() {
                let start = index == 0 ? lead : margin
                switch value {
                case .object(let inner) where !inner.isEmpty:
                    lines.append("\(start)\(scalar(.string(key))):")
                    write(value, indent: indent + 2, lead: margin + "  ", to: &lines)
                case .array(let elements) where !elements.isEmpty:
                    lines.append("\(start)\(scalar(.string(key))):")
                    write(value, indent: indent, lead: margin, to: &lines)
                default: lines.append("\(start)\(scalar(.string(key))): \(scalar(value))")
                }
            }
        case .array(let elements) where !elements.isEmpty:
            for (index, element) in elements.enumerated() {
                write(element, indent: indent + 2, lead: (index == 0 ? lead : margin) + "- ", to: &lines)
            }
        default: lines.append(lead + scalar(json))
        }
    }

    private static func scalar(_ json: JSON) -> String {
        guard case .string(let text) = json, isPlain(text) else { return json.text }
        return text
    }

    /// Whether a text means itself without quotes: words of few characters that no reader takes for a number, a truth
    /// value or nothing.
    private static func isPlain(_ text: String) -> Bool {
        let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        guard let first = text.utf8.first, UInt8(ascii: "a")...UInt8(ascii: "z") ~= first | 0x20 else { return false }
        guard !words.contains(text.lowercased()) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "/"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
