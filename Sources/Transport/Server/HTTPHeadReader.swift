/// Finds the end of a head in bytes as they come and takes it apart: a first line and fields. Pure, and strict.
///
/// What other readers of HTTP take for something else than we do is refused, or a request could be hidden from one of
/// them (RFC 9112, section 11.2): lines end in CR LF and in nothing else, no line goes on in the next, names are
/// tokens with the colon at once after them, values hold no control characters.
struct HTTPHeadReader {
    /// A head that is complete.
    struct Head: Equatable {
        let firstLine: String
        let fields: [Field]
        /// The bytes of the head, the empty line included.
        let size: Int
    }

    struct Field: Equatable {
        let name: String
        let value: String
    }

    enum Refusal: Error, Equatable {
        case malformed
        case tooLarge
    }

    /// The longest head, in bytes, and the most fields.
    let limit: Int
    private let fieldLimit = 128
    /// How far the search for the end has come, so that a head that comes byte by byte is not read anew each time.
    private var searched = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// - Parameter bytes: all that came so far, from the head's first byte on.
    /// - Returns: nil if the head is not complete.
    mutating func read(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> Head? {
        guard let size = endOfHead(bytes) else {
            guard bytes.count <= limit else { throw .tooLarge }
            return nil
        }
        guard size <= limit else { throw .tooLarge }
        let lines = try Self.lines(bytes.prefix(size - 2))
        guard let first = lines.first, lines.count - 1 <= fieldLimit else {
            throw lines.isEmpty ? .malformed : .tooLarge
        }
        let fields = try lines.dropFirst().map { line throws(Refusal) in try Self.field(line) }
        return Head(firstLine: try Self.text(first), fields: fields, size: size)
    }

    private mutating func endOfHead(_ bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.startIndex + max(searched, 3)
        while index < bytes.endIndex {
            if bytes[index] == 10, bytes[index - 2] == 10, bytes[index - 1] == 13, bytes[index - 3] == 13 {
                return index + 1 - bytes.startIndex
            }
            index += 1
        }
        searched = bytes.count
        return nil
    }

    /// The lines without their ends; each must end in CR LF.
    private static func lines(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes
        while let end = rest.firstIndex(where: { $0 == 13 || $0 == 10 || $0 == 0 }) {
            guard rest[end] == 13, end + 1 < rest.endIndex, rest[end + 1] == 10 else { throw .malformed }
            lines.append(rest[..<end])
            rest = rest[(end + 2)...]
        }
        guard rest.isEmpty else { throw .malformed }
        return lines
    }

    private static func field(_ line: ArraySlice<UInt8>) throws(Refusal) -> Field {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { throw .malformed }
        let name = line[..<colon]
        guard name.allSatisfy(isTokenByte) else { throw .malformed }
        let value = trimmed(line[(colon + 1)...])
        return Field(name: String(decoding: name, as: UTF8.self), value: try text(value))
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let start = bytes.drop { $0 == 32 || $0 == 9 }
        guard let last = start.lastIndex(where: { $0 != 32 && $0 != 9 }) else { return [] }
        return start[...last]
    }

    /// Visible characters, spaces and tabs, in UTF-8.
    private static func text(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> String {
        guard bytes.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 }) else { throw .malformed }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
        return text
    }

    /// RFC 9110, section 5.6.2.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: tokenMarks.contains(byte)
        }
    }

    private static let tokenMarks = Set("!#$%&'*+-.^_`|~".utf8)
}
