/// Why a text or object is not a label selector.
package struct LabelSelectorError: Error, Equatable, CustomStringConvertible {
    package let message: String

    package var description: String { "invalid label selector: \(message)" }
}

extension LabelSelector {
    /// Reads the text form. The empty text selects everything.
    package init(parsing text: String) throws(LabelSelectorError) {
        var parser = LabelSelectorParser(text)
        self.init(try parser.requirements())
    }

    /// Reads a `metav1.LabelSelector` (`matchLabels`, `matchExpressions`). As there, an empty object selects everything.
    package init(json: JSON) throws(LabelSelectorError) {
        var requirements: [Requirement] = []
        for (key, value) in json["matchLabels"]?.stringMap ?? [:] {
            requirements.append(try Requirement(checking: key, .isIn([value])))
        }
        for expression in json["matchExpressions"]?.array ?? [] {
            let values = Set((expression["values"]?.array ?? []).compactMap(\.string))
            let condition: Condition
            switch expression["operator"]?.string {
            case "In": condition = .isIn(values)
            case "NotIn": condition = .notIn(values)
            case "Exists": condition = .present
            case "DoesNotExist": condition = .absent
            default: throw LabelSelectorError(message: "unknown operator in matchExpressions")
            }
            requirements.append(try Requirement(checking: expression["key"]?.string ?? "", condition))
        }
        self.init(requirements)
    }
}

extension LabelSelector.Requirement {
    /// Checks key and values by the rules for labels.
    fileprivate init(checking key: String, _ condition: LabelSelector.Condition) throws(LabelSelectorError) {
        guard LabelSyntax.isKey(key) else { throw LabelSelectorError(message: "\"\(key)\" is not a label key") }
        if case .isIn(let values) = condition { try Self.check(values) }
        if case .notIn(let values) = condition { try Self.check(values) }
        self.init(key: key, condition: condition)
    }

    private static func check(_ values: Set<String>) throws(LabelSelectorError) {
        guard !values.isEmpty else { throw LabelSelectorError(message: "in and notin need at least one value") }
        for value in values where !LabelSyntax.isValue(value) {
            throw LabelSelectorError(message: "\"\(value)\" is not a label value")
        }
    }
}

/// Reads requirements from left to right.
private struct LabelSelectorParser {
    private var lexer: LabelSelectorLexer

    init(_ text: String) {
        lexer = LabelSelectorLexer(text)
    }

    mutating func requirements() throws(LabelSelectorError) -> [LabelSelector.Requirement] {
        guard lexer.peek() != .end else { return [] }
        var requirements = [try requirement()]
        while lexer.next() == .symbol(",") {
            requirements.append(try requirement())
        }
        guard lexer.last == .end else { throw unexpected("a comma or the end") }
        return requirements
    }

    private mutating func requirement() throws(LabelSelectorError) -> LabelSelector.Requirement {
        let isNegated = lexer.skip(.symbol("!"))
        guard case .word(let key) = lexer.next() else { throw unexpected("a label key") }
        if isNegated { return try LabelSelector.Requirement(checking: key, .absent) }
        if lexer.peek() == .end || lexer.peek() == .symbol(",") {
            return try LabelSelector.Requirement(checking: key, .present)
        }
        return try LabelSelector.Requirement(checking: key, try condition())
    }

    private mutating func condition() throws(LabelSelectorError) -> LabelSelector.Condition {
        switch lexer.next() {
        case .symbol("="), .symbol("=="): .isIn([try value()])
        case .symbol("!="): .notIn([try value()])
        case .symbol(">"): .greater(try bound())
        case .symbol("<"): .less(try bound())
        case .word("in"): .isIn(try values())
        case .word("notin"): .notIn(try values())
        default: throw unexpected("in, notin, =, ==, !=, < or >")
        }
    }

    /// One value, which may be empty before a comma or the end.
    private mutating func value() throws(LabelSelectorError) -> String {
        if lexer.peek() == .end || lexer.peek() == .symbol(",") { return "" }
        guard case .word(let value) = lexer.next() else { throw unexpected("a label value") }
        return value
    }

    private mutating func bound() throws(LabelSelectorError) -> Int64 {
        let text = try value()
        guard LabelSyntax.isValue(text), let bound = Int64(text) else {
            throw LabelSelectorError(message: "\"\(text)\" is not an integer, which < and > need")
        }
        return bound
    }

    /// A list in parentheses. Between two commas, or a comma and a parenthesis, stands the empty value.
    private mutating func values() throws(LabelSelectorError) -> Set<String> {
        guard lexer.next() == .symbol("(") else { throw unexpected("(") }
        if lexer.skip(.symbol(")")) { return [] }
        var values: Set<String> = []
        repeat {
            values.insert(listedValue())
        } while lexer.skip(.symbol(","))
        guard lexer.next() == .symbol(")") else { throw unexpected("a comma or )") }
        return values
    }

    private mutating func listedValue() -> String {
        guard case .word(let value) = lexer.peek() else { return "" }
        _ = lexer.next()
        return value
    }

    private func unexpected(_ expected: String) -> LabelSelectorError {
        LabelSelectorError(message: "found \(lexer.last), expected \(expected)")
    }
}
