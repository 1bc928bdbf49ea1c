/// What labels may look like (apimachinery `util/validation`).
package enum LabelSyntax {
    /// An optional DNS subdomain and a slash, then a name of 1 to 63 characters.
    package static func isKey(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, parts.count <= 2 else { return false }
        if parts.count == 2, !isDNSSubdomain(String(parts[0])) { return false }
        return !name.isEmpty && isValue(String(name))
    }

    /// At most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends; or empty.
    package static func isValue(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return true }
        guard text.utf8.count <= 63, first.isASCIIAlphanumeric, last.isASCIIAlphanumeric else { return false }
        return text.utf8.allSatisfy { byte in
            byte.isASCIIAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: ".")
        }
    }

    /// RFC 1123: labels of lower-case letters, digits and inner hyphens, joined by dots; at most 253 characters.
    package static func isDNSSubdomain(_ text: String) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.first, let last = label.last else { return false }
            return isDNSLetter(first) && isDNSLetter(last)
                && label.allSatisfy { isDNSLetter($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isDNSLetter(_ byte: UInt8) -> Bool {
        byte.isASCIIDigit || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
    }
}
