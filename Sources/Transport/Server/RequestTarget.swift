/// What a request asks for: a path in decoded segments, and the items of its query.
///
/// Only plain ways lead anywhere: a path with empty segments, with `.` or `..`, or with a slash, a control character or
/// broken UTF-8 behind an escape is refused rather than tidied up, so that nobody can mean another path than we do.
package struct RequestTarget: Sendable, Hashable {
    package struct Item: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// "/pods/" has one segment.
    package let segments: [String]
    package let hasTrailingSlash: Bool
    package let query: [Item]
    /// The path as it came.
    package let path: String

    init(_ target: Substring) throws(RequestRefusal) {
        guard target.hasPrefix("/"), target.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") })
        else { throw .badRequest }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        var words = parts[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        hasTrailingSlash = words.last?.isEmpty ?? false
        if hasTrailingSlash { words.removeLast() }
        segments = try words.map { word throws(RequestRefusal) in try Self.segment(word) }
        query = try (parts.count > 1 ? parts[1] : "").split(separator: "&").map { item throws(RequestRefusal) in
            let halves = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return Item(
                name: try Self.decoded(halves[0], plusIsSpace: true),
                value: halves.count > 1 ? try Self.decoded(halves[1], plusIsSpace: true) : ""
            )
        }
    }

    private static func segment(_ word: Substring) throws(RequestRefusal) -> String {
        let text = try decoded(word, plusIsSpace: false)
        let isPlain = text.utf8.allSatisfy { $0 > 31 && $0 != 127 && $0 != UInt8(ascii: "/") }
        guard isPlain, !text.isEmpty, text != ".", text != ".." else { throw .badRequest }
        return text
    }

    private static func decoded(_ text: Substring, plusIsSpace: Bool) throws(RequestRefusal) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    throw .badRequest
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(32)
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw .badRequest }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }

    /// The value of the first item of this name.
    package func first(_ name: String) -> String? { query.first { $0.name == name }?.value }
}
