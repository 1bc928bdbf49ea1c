/// A place in a JSON value (RFC 6901): "/metadata/labels/app.kubernetes.io~1name".
package struct JSONPointer: Sendable, Hashable {
    /// Member names or array positions, unescaped, from the root; none is the whole value.
    package let tokens: [String]

    package init(_ tokens: [String]) {
        self.tokens = tokens
    }

    /// Reads the text form; nil if it neither is empty nor starts with a slash, or holds a `~` that is no escape.
    package init?(parsing text: String) {
        guard !text.isEmpty else {
            self.init([])
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        var tokens: [String] = []
        for part in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let token = Self.unescaped(part) else { return nil }
            tokens.append(token)
        }
        self.init(tokens)
    }

    private static func unescaped(_ part: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = part[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONPointer: CustomStringConvertible {
    /// The text form, as it stands in a patch.
    package var description: String {
        tokens.map { token in
            var bytes: [UInt8] = [UInt8(ascii: "/")]
            for byte in token.utf8 {
                switch byte {
                case UInt8(ascii: "~"): bytes += "~0".utf8
                case UInt8(ascii: "/"): bytes += "~1".utf8
                default: bytes.append(byte)
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }.joined()
    }
}
