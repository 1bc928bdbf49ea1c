extension String {
    /// Appends the value in double quotes, escaped as JSON asks, which text logs use as well.
    ///
    /// Also escaped, so that a value stays on one line and cannot dress up as something else: DEL, the C1 controls, the
    /// line and paragraph separators, and the characters that turn the direction of text.
    mutating func appendQuoted(_ value: String) {
        append("\"")
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case _ where scalar.needsEscape: append(scalar.escaped)
            default: unicodeScalars.append(scalar)
            }
        }
        append("\"")
    }
}

extension Unicode.Scalar {
    fileprivate var needsEscape: Bool {
        switch value {
        case 0x00...0x1F, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// `\u` and four hexadecimal digits; what is escaped lies below U+10000.
    fileprivate var escaped: String {
        let digits = String(value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
