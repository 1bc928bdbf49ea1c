import KubeModel

/// A scalar: what is written and what it means.
///
/// The meaning is that of `sigs.k8s.io/yaml`, the reader of kubectl and client-go: YAML 1.1 with `yes`, `on` and `y`
/// for true, octal numbers with a leading zero, but no numbers of base 60 and no times.
struct YAMLScalar: Sendable {
    let text: String
    let value: JSON

    /// What an empty text means.
    static let nothing = YAMLScalar(text: "", value: .null)

    private init(text: String, value: JSON) {
        self.text = text
        self.value = value
    }

    /// A scalar without a tag.
    ///
    /// - Throws: ``Problem`` for numbers that JSON does not know.
    init(_ text: String, isPlain: Bool) throws(Problem) {
        self.init(text: text, value: isPlain ? try Self.resolve(text) : .string(text))
    }

    /// A scalar with a tag, in its long form.
    init(_ text: String, tag: String) throws(Problem) {
        let resolved = try Self.resolve(text)
        switch (tag, resolved) {
        case (Tag.string, _): self.init(text: text, value: .string(text))
        case (Tag.null, .null), (Tag.bool, .bool), (Tag.int, .int), (Tag.float, .double):
            self.init(text: text, value: resolved)
        case (Tag.float, .int(let number)): self.init(text: text, value: .double(Double(number)))
        case (Tag.null, _), (Tag.bool, _), (Tag.int, _), (Tag.float, _):
            throw Problem(message: "the value is not what its tag \(Tag.short(tag)) says")
        default: throw Problem(message: "the tag \(Tag.short(tag)) is not known")
        }
    }

    /// What the scalar is called as the key of a JSON object.
    var memberName: String {
        switch value {
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): value.int.map { String($0) } ?? "\(number)"
        case .null, .array, .object: text
        }
    }

    /// What is wrong with a scalar, in words that do not repeat it.
    struct Problem: Error {
        let message: String
    }

    enum Tag {
        static let prefix = "tag:yaml.org,2002:"
        static let string = prefix + "str"
        static let null = prefix + "null"
        static let bool = prefix + "bool"
        static let int = prefix + "int"
        static let float = prefix + "float"
        static let sequence = prefix + "seq"
        static let mapping = prefix + "map"

        static func short(_ tag: String) -> String {
            tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag
        }
    }
}

// MARK: - Meaning

extension YAMLScalar {
    private static func resolve(_ text: String) throws(Problem) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": return true
        case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": return false
        case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF":
            throw Problem(message: "a number that is infinite or none cannot be said in JSON")
        default: return YAMLNumber.parse(text) ?? .string(text)
        }
    }
}
