/// Cuts a label selector into words and symbols; white space separates.
struct LabelSelectorLexer {
    enum Token: Equatable, CustomStringConvertible {
        case word(String)
        case symbol(String)
        case end

        var description: String {
            switch self {
            case .word(let text), .symbol(let text): "\"\(text)\""
            case .end: "the end"
            }
        }
    }

    /// The token that `next` gave last.
    private(set) var last = Token.end
    private var rest: Substring
    private var ahead: Token?

    init(_ text: String) {
        rest = text[...]
    }

    mutating func peek() -> Token {
        let token = ahead ?? scan()
        ahead = token
        return token
    }

    mutating func next() -> Token {
        last = peek()
        ahead = nil
        return last
    }

    /// Moves past the token if it is the next one.
    mutating func skip(_ token: Token) -> Bool {
        guard peek() == token else { return false }
        _ = next()
        return true
    }

    private mutating func scan() -> Token {
        rest = rest.drop(while: Self.isSpace)
        guard let first = rest.first else { return .end }
        guard Self.isSymbol(first) else {
            let word = rest.prefix { !Self.isSymbol($0) && !Self.isSpace($0) }
            rest = rest[word.endIndex...]
            return .word(String(word))
        }
        let width = rest.hasPrefix("==") || rest.hasPrefix("!=") ? 2 : 1
        defer { rest = rest.dropFirst(width) }
        return .symbol(String(rest.prefix(width)))
    }

    private static func isSpace(_ character: Character) -> Bool {
        character == " " || character == "\t" || character == "\r" || character == "\n" || character == "\r\n"
    }

    private static func isSymbol(_ character: Character) -> Bool {
        "=!(),<>".contains(character)
    }
}
