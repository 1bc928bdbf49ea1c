import KubeModel

/// The numbers of YAML 1.1 as `sigs.k8s.io/yaml` takes them.
enum YAMLNumber {
    /// The number, or nil if the text is none. Whole numbers beyond `Int64` become doubles, as in `JSON`.
    static func parse(_ text: String) -> JSON? {
        guard let first = text.utf8.first else { return nil }
        switch first {
        case UInt8(ascii: "."):
            return double(text)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            let digits = text.filter { $0 != "_" }
            return integer(digits) ?? double(digits)
        default:
            return nil
        }
    }

    /// Go's `strconv.ParseInt` with base 0: an optional sign, then a prefix that tells the base.
    private static func integer(_ text: String) -> JSON? {
        let isNegative = text.hasPrefix("-")
        let magnitude = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let (digits, radix) = split(magnitude)
        guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
        if let number = Int64((isNegative ? "-" : "") + digits, radix: radix) { return .int(number) }
        // Too many digits for 64 bits; those with base 10 have the form of a double too.
        guard radix != 10, digits.allSatisfy({ $0.isASCII && $0.hexDigitValue.map { $0 < radix } ?? false }) else {
            return nil
        }
        let value = digits.reduce(0.0) { $0 * Double(radix) + Double($1.hexDigitValue ?? 0) }
        guard value.isFinite else { return nil }
        return .double(isNegative ? -value : value)
    }

    private static func split(_ magnitude: Substring) -> (digits: Substring, radix: Int) {
        switch magnitude.prefix(2).lowercased() {
        case "0x": (magnitude.dropFirst(2), 16)
        case "0o": (magnitude.dropFirst(2), 8)
        case "0b": (magnitude.dropFirst(2), 2)
        case let prefix where prefix.count == 2 && prefix.hasPrefix("0"): (magnitude.dropFirst(), 8)
        default: (magnitude, 10)
        }
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, if it fits into a double.
    private static func double(_ text: String) -> JSON? {
        var rest = text.utf8[...]
        skip(&rest, oneOf: "+-")
        let whole = skipDigits(&rest)
        let fraction = skip(&rest, oneOf: ".") ? skipDigits(&rest) : 0
        guard whole + fraction > 0 else { return nil }
        if skip(&rest, oneOf: "eE") {
            skip(&rest, oneOf: "+-")
            guard skipDigits(&rest) > 0 else { return nil }
        }
        guard rest.isEmpty, let number = Double(text), number.isFinite else { return nil }
        return .double(number)
    }

    @discardableResult
    private static func skip(_ rest: inout Substring.UTF8View, oneOf characters: StaticString) -> Bool {
        guard let first = rest.first, "\(characters)".utf8.contains(first) else { return false }
        rest.removeFirst()
        return true
    }

    private static func skipDigits(_ rest: inout Substring.UTF8View) -> Int {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
        rest.removeFirst(digits)
        return digits
    }
}
